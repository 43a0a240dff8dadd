import numpy as np


def test_both_targets_of_a_pair_are_counted(clean, bend, findings):
    life = clean.rows["projected_cycle_life"]
    found = findings(
        bend(rows={"capacity_retention": {row: 90.0 + np.sqrt(value) / 10 for row, value in life.items()}})
    )
    assert {code: finding.count for code, finding in found.items()} == {"coupled_targets": 2}
    assert found["coupled_targets"].examples == ("projected_cycle_life ~ capacity_retention",)
    assert "rank correlation of 1.000" in found["coupled_targets"].message


def test_opposite_orders_are_coupled_too_and_volumes_count_once(clean, bend, findings):
    """The exponent is made to fall with the porosity, over the 24 volumes."""
    opposite = {row: 3.0 - value for row, value in clean.rows["porosity"].items()}
    found = findings(bend(rows={"bruggeman_exponent": opposite}))
    assert {code: finding.count for code, finding in found.items()} == {"coupled_targets": 2}
    assert "porosity and bruggeman_exponent with a rank correlation of -1.000" in found["coupled_targets"].message


def test_few_volumes_prove_nothing(clean, findings):
    few = clean.rows["filename"].isin(clean.volumes["filename"][:3])
    small = type(clean)(clean.rows[few].reset_index(drop=True), clean.volumes[:3], current_sign=1)
    assert "coupled_targets" not in findings(small)
