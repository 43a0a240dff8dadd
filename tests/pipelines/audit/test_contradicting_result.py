import dataclasses

import pandas as pd


def test_one_cell_with_two_results_is_told(clean, findings):
    stale = clean.rows.iloc[:3].assign(nominal_capacity=lambda rows: rows["nominal_capacity"] + 1.0)
    rows = pd.concat([clean.rows, stale], ignore_index=True).assign(row=range(291))
    found = findings(dataclasses.replace(clean, rows=rows))
    assert (found["contradicting_result"].severity, found["contradicting_result"].count) == ("warning", 6)
    assert "3 pairs of volume and design have 6 different results" in found["contradicting_result"].message
    assert "duplicate_row" not in found
