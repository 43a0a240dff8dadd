def test_failures_are_counted_and_alone_have_no_structure(fail, findings):
    found = findings(fail([5, 100, 215]))
    assert {code: finding.count for code, finding in found.items()} == {"failed_rows": 3}
    assert found["failed_rows"].examples == (
        "row 5 (volume_00.tif)",
        "row 100 (volume_08.tif)",
        "row 215 (volume_17.tif)",
    )
    assert "3 rows of 288 (1.04 %) failed" in found["failed_rows"].message


def test_a_set_in_which_everything_failed_has_no_structure_either(fail, counts):
    assert counts(fail(range(288))) == {"failed_rows": 288, "empty_target": 6}
