def test_what_is_odd_about_files_is_told(bend, findings):
    found = findings(bend(volumes={"note": {0: "grey values", 5: "grey values", 6: "MINISWHITE"}}))["volume_note"]
    assert (found.severity, found.count) == ("warning", 3)
    assert "grey values (2); MINISWHITE (1)" in found.message
