def test_files_that_are_no_volume_are_an_error(bend, findings):
    found = findings(bend(volumes={"status": {7: "unreadable"}, "reason": {7: "volume_07.tif: page 12 is truncated"}}))
    assert {code: finding.count for code, finding in found.items()} == {"unreadable_file": 1}
    assert found["unreadable_file"].severity == "error"
    assert found["unreadable_file"].message.endswith(
        "12 rows refer to them. The first: volume_07.tif: page 12 is truncated"
    )
