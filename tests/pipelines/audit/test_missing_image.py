def test_files_that_are_not_there_are_an_error(bend, findings):
    found = findings(bend(volumes={"status": {2: "missing", 3: "missing"}}))
    assert {code: finding.count for code, finding in found.items()} == {"missing_image": 2}
    assert found["missing_image"].severity == "error"
    assert found["missing_image"].message == "2 volumes of 24 cannot be found; 24 rows refer to them."
