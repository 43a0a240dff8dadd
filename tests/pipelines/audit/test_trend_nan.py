def test_rows_that_lost_pairs_are_counted(bend, findings):
    found = findings(bend(rows={"trend_dropped": {3: 1, 50: 4}, "trend_points": {3: 299, 50: 296}}))
    assert {code: finding.count for code, finding in found.items()} == {"trend_nan": 2}
    assert "5 pairs were dropped, at most 4 of one trend, and 296 or more are left" in found["trend_nan"].message
    assert found["trend_nan"].examples == ("row 3 (volume_00.tif)", "row 50 (volume_04.tif)")
