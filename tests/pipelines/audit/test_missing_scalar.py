import numpy as np
import pytest

from poregrove.schema import SCALAR_COLUMNS


@pytest.mark.parametrize("gap", [np.nan, np.inf, -np.inf])
def test_rows_with_a_gap_are_counted_with_the_column(bend, findings, gap):
    found = findings(bend(rows={SCALAR_COLUMNS[9]: {1: gap, 13: gap}}))["missing_scalar"]
    assert (found.severity, found.count, found.unit) == ("warning", 2, "rows")
    assert f"{SCALAR_COLUMNS[9]} in 2" in found.message
