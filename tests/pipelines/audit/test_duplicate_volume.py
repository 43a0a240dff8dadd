def test_files_after_the_first_of_a_group_are_counted(bend, findings):
    """Volume 5 copies 2 exactly; 9 and 20 are 2 turned; 20 copies 9 exactly."""
    volumes = {
        "volume_digest": {5: "digest 2", 20: "digest 9"},
        "canonical_digest": {5: "digest 2", 9: "digest 2", 20: "digest 2"},
    }
    found = findings(bend(volumes=volumes))
    assert {code: finding.count for code, finding in found.items()} == {"duplicate_volume": 3}
    finding = found["duplicate_volume"]
    assert finding.examples == (
        "volume_05.tif = volume_02.tif",
        "volume_09.tif = volume_02.tif",
        "volume_20.tif = volume_09.tif",
    )
    assert "2 voxel by voxel, 1 flipped" in finding.message


def test_files_that_cannot_be_read_are_not_alike(bend, counts):
    lost = dict.fromkeys((1, 2), None)
    volumes = {"status": dict.fromkeys((1, 2), "missing"), "volume_digest": lost, "canonical_digest": lost}
    assert counts(bend(volumes=volumes)) == {"missing_image": 2}
