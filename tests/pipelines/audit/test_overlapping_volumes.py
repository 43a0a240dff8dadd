def test_crops_after_the_first_of_an_image_are_counted(bend, findings):
    images = {4: "volume_02.tif", 7: "volume_02.tif", 20: "volume_11.tif"}
    found = findings(bend(volumes={"same_image_as": images}))
    assert {code: finding.count for code, finding in found.items()} == {"overlapping_volumes": 3}
    finding = found["overlapping_volumes"]
    assert finding.severity == "warning"
    assert "3 volumes of 24 overlap another file: crops of 2 larger images" in finding.message
    assert finding.examples[0] == "volume_04.tif and volume_02.tif"
