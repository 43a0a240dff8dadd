import numpy as np


def test_rows_of_another_last_cycle_are_counted(bend, findings):
    found = findings(bend(rows={"last_cycle": {0: 120.0, 30: 45.0, 31: 45.0}}))
    assert {code: finding.count for code, finding in found.items()} == {"unequal_horizon": 3}
    assert "after 45 to 300 cycles: 285 rows after 300, 3 after" in found["unequal_horizon"].message


def test_a_row_without_a_retention_has_no_horizon(bend, counts):
    lacking = {"last_cycle": {0: 1.0}, "capacity_retention": {0: np.nan}}
    assert counts(bend(rows=lacking)) == {}
    lacking["last_cycle"][5] = 45.0
    assert counts(bend(rows=lacking)) == {"unequal_horizon": 1}
