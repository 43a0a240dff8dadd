def test_trends_with_this_fault_are_counted(bend, findings):
    found = findings(bend(rows={"trend_faults": {3: "zero", 8: "unsorted;zero", 9: "unsorted"}}))["trend_zero"]
    assert (found.severity, found.count, found.unit) == ("warning", 2, "rows")
    assert found.examples == ("row 3 (volume_00.tif)",)
