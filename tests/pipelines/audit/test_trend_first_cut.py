def test_trends_with_this_fault_are_counted(bend, findings):
    found = findings(bend(rows={"trend_faults": {3: "first_cut", 8: "unsorted;first_cut", 9: "unsorted"}}))[
        "trend_first_cut"
    ]
    assert (found.severity, found.count, found.unit) == ("warning", 2, "rows")
    assert found.examples == ("row 3 (volume_00.tif)",)
