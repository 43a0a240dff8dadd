def test_sizes_that_files_state_are_told(bend, findings):
    found = findings(bend(volumes={"spacing": {0: "1e-07 m", 5: "1e-07 m"}}))["stated_spacing"]
    assert (found.severity, found.count) == ("info", 2)
    assert "2 volumes of 24 state a voxel spacing: 1e-07 m." in found.message
