import dataclasses

import pandas as pd


def test_a_file_that_lies_there_twice_is_told(clean, findings):
    again = pd.concat([clean.rows, clean.rows.iloc[:36]], ignore_index=True).assign(row=range(324))
    found = findings(dataclasses.replace(clean, rows=again))
    assert (found["duplicate_row"].severity, found["duplicate_row"].count) == ("error", 36)
    assert "36 rows of 324 are there twice" in found["duplicate_row"].message
    assert "contradicting_result" not in found
