import dataclasses

import numpy as np
import pandas as pd

from poregrove.pipelines.audit.checks.failure_structure import failure_structure


def test_a_volume_lost_whole_is_named(fail, findings, rows_of):
    found = findings(fail([*rows_of(7), 100]))
    assert {code: finding.count for code, finding in found.items()} == {"failed_rows": 13, "failure_structure": 1}
    finding = found["failure_structure"]
    assert (finding.unit, finding.examples) == ("volumes", ("volume_07.tif",))
    assert "12 failed rows of 13 lie in 1 volume, 1 of which lost every row (volume_07.tif)" in finding.message


def test_a_small_volume_lost_whole_counts_where_much_fails(fail, findings):
    """A third of all rows fails; volume 22 has one row and volume 23 two, all of which failed."""
    failed = fail([*range(0, 22 * 12, 3), *range(22 * 12, 288)])
    few = dataclasses.replace(failed, rows=failed.rows.iloc[[*range(22 * 12 + 1), 23 * 12, 23 * 12 + 1]])
    finding = findings(few)["failure_structure"]
    assert (finding.count, finding.unit, finding.examples) == (1, "volumes", ("volume_23.tif",))


def test_a_design_that_fails_everywhere_is_named(fail, findings):
    finding = findings(fail(range(5, 288, 12)))["failure_structure"]
    assert (finding.count, finding.unit, finding.examples) == (1, "designs", ("param_id 5",))


def lowest_tenth(clean):
    """Three failures, each of another design, in each of the two volumes of lowest porosity."""
    lowest = clean.volumes["porosity_voxels"].nsmallest(2).index
    return [12 * volume + 3 * place + design for place, volume in enumerate(lowest) for design in range(3)]


def test_a_tenth_by_porosity_is_found_where_no_volume_stands_out(clean, fail, findings):
    finding = findings(fail(lowest_tenth(clean)))["failure_structure"]
    assert (finding.count, finding.unit) == (2, "volumes")
    assert "number 1 of 10 by porosity, where 25 % of its rows fail" in finding.message


def test_the_worst_tenth_is_sought_among_all_descriptors(clean, fail, rows_of):
    """Every failure lies in the volumes that alone have a large value of one descriptor."""
    failed = fail([*rows_of(3), *rows_of(11)])
    euler = np.arange(24) % 7
    euler[[3, 11]] = 50
    features = pd.DataFrame(
        {
            "volume_digest": clean.volumes["volume_digest"],
            "status": "ok",
            "euler_number": euler,
            "surface": np.arange(24.0),
        }
    )
    finding = failure_structure.run(dataclasses.replace(failed, features=features))
    assert finding.count == 2
    assert "number 10 of 10 by euler_number, where 100 % of its rows fail" in finding.message
