import numpy as np


def test_porosities_in_percent_are_told(bend, rows_of, findings):
    rows = {"porosity_raw": dict.fromkeys(rows_of(3), 45.0), "porosity": dict.fromkeys(rows_of(3), np.nan)}
    found = findings(bend(rows=rows))["invalid_porosity"]
    assert (found.severity, found.count, found.unit) == ("warning", 1, "volumes")
    assert "45; 1 of them could be percent" in found.message
