"""The audit as a whole: nothing to say of a clean set, order, text, JSON."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.audit import as_json, audit, text
from poregrove.schema import SCALAR_COLUMNS, Finding


@pytest.fixture
def crooked(bend, rows_of):
    """A set with errors, warnings and infos at once."""
    rows = {
        "trend_dropped": {3: 1},
        "tau_factor_raw": dict.fromkeys(rows_of(9), 0.0),
        "tau_factor": dict.fromkeys(rows_of(9), np.nan),
        SCALAR_COLUMNS[2]: dict.fromkeys(range(288), 1000.0),
    }
    return bend(rows=rows, volumes={"percolates": {9: False}, "status": {4: "missing"}})


def test_a_clean_set_has_its_conventions_and_nothing_else(clean, findings):
    assert findings(clean) == {}
    assert [(one.code, one.severity) for one in audit(clean)] == [
        ("current_sign", "info"),
        ("pore_phase", "info"),
        ("repeated_design", "info"),
    ]


def test_findings_stand_by_severity_then_code(crooked):
    found = [(one.severity, one.code) for one in audit(crooked)]
    assert found == [
        ("error", "impossible_cell"),
        ("error", "missing_image"),
        ("warning", "constant_scalar"),
        ("warning", "inconsistent_bruggeman"),
        ("warning", "invalid_tau"),
        ("warning", "trend_nan"),
        ("info", "current_sign"),
        ("info", "not_percolating"),
        ("info", "pore_phase"),
        ("info", "repeated_design"),
    ]


def test_every_query_of_every_finding_gives_its_count(crooked, findings):
    assert len(findings(crooked)) == 7


def test_json_holds_every_finding_as_it_is(crooked):
    found = audit(crooked)
    stored = json.loads(json.dumps(as_json(found), allow_nan=False))
    assert tuple(Finding(**{**one, "examples": tuple(one["examples"])}) for one in stored["findings"]) == found


def test_text_tells_code_count_message_remedy_and_query_of_each(crooked):
    found = audit(crooked)
    told = text(found)
    assert told.startswith(
        "2 errors, 4 warnings, 4 infos\n\nerror   impossible_cell  (12 rows)\n    12 rows of 1 volume"
    )
    assert "\ninfo    pore_phase = 255  (23 volumes)\n" in told
    flat = re.sub(r"\s+", " ", told)
    for one in found:
        assert one.message in flat
        assert f"remedy: {one.remedy}" in flat
        assert f"    query: {one.query}\n" in told
        for example in one.examples:
            assert example in flat


def test_examples_that_are_all_there_is_are_not_called_examples(crooked):
    told = text(audit(crooked))
    assert "namely: volume_04.tif" in told
    assert "for example: row 108 (volume_09.tif)" in told


def test_nothing_found_is_said():
    assert text([]) == "0 errors, 0 warnings, 0 infos\n"


def test_a_set_of_one_row_can_be_audited(clean, counts):
    one = dataclasses.replace(clean, rows=clean.rows.iloc[:1], volumes=clean.volumes.iloc[:1])
    assert counts(one) == {"constant_scalar": 15, "constant_target": 10}


def test_a_set_without_any_cell_result_can_be_audited(clean, fail, counts):
    without = fail(range(288)).rows.assign(failed=False, status="success")
    for name in (column for column in without if column.endswith("_reason")):
        without[name] = without[name].replace("failed", "no_cycle")
    assert counts(dataclasses.replace(clean, rows=without, current_sign=0)) == {
        "undefined_target": 288,
        "empty_target": 6,
    }


def test_a_set_without_any_readable_volume_can_be_audited(clean, counts):
    nothing = {"volume_digest": None, "canonical_digest": None, "pore_value": None, "percolates": pd.NA}
    lost = clean.volumes.assign(status="missing", porosity_voxels=np.nan, **nothing).astype(clean.volumes.dtypes)
    assert counts(dataclasses.replace(clean, volumes=lost)) == {"missing_image": 24}
    with_failures = clean.rows.assign(failed=clean.rows.index < 12)
    assert counts(dataclasses.replace(clean, rows=with_failures, volumes=lost))["failure_structure"] == 1
