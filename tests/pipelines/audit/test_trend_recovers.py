def test_trends_with_this_fault_are_counted(bend, findings):
    found = findings(bend(rows={"trend_faults": {3: "recovers", 8: "unsorted;recovers", 9: "unsorted"}}))[
        "trend_recovers"
    ]
    assert (found.severity, found.count, found.unit) == ("info", 2, "rows")
    assert found.examples == ("row 3 (volume_00.tif)",)
