def test_volumes_off_by_more_than_two_hundredths_are_an_error(clean, bend, findings):
    given = clean.volumes["porosity_given"]
    stated = {3: given[3] + 0.03, 4: given[4] + 0.019, 5: 1.0 - given[5], 6: 100 * given[6]}
    found = findings(bend(volumes={"porosity_given": stated}))
    assert {code: finding.count for code, finding in found.items()} == {"porosity_mismatch": 3}
    finding = found["porosity_mismatch"]
    assert finding.severity == "error"
    assert finding.examples == ("volume_03.tif", "volume_05.tif", "volume_06.tif")
    assert "1 would agree with the phases exchanged" in finding.message
