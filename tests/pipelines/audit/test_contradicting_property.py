def test_one_image_with_two_porosities_is_told(bend, findings):
    rows = {"porosity_raw": {0: 0.9}, "tau_factor_raw": {12: 9.0, 13: 8.0}}
    found = findings(bend(rows=rows))["contradicting_property"]
    assert (found.severity, found.count, found.unit) == ("error", 2, "volumes")
    assert "porosity in 1, tau_factor in 1" in found.message
    assert found.examples == ("volume_00.tif", "volume_01.tif")


def test_digits_of_storage_contradict_nothing(clean, bend, counts):
    value = clean.rows.loc[0, "porosity_raw"]
    assert "contradicting_property" not in counts(bend(rows={"porosity_raw": {0: float(f"{value:.5g}")}}))
