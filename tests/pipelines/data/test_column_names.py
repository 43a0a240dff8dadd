"""Names of columns: the unit in them, and the words that are left for people."""

import pytest

from poregrove.pipelines.data.column_names import label_of, unit_of


@pytest.mark.parametrize(
    ("column", "unit", "label"),
    [
        ("strength_mpa", "MPa", "Strength"),
        ("strength_MPa", "MPa", "Strength"),
        ("Strength [kN/m]", "kN/m", "Strength"),
        ("res_dcir_mOhm_cm2", "mOhm.cm2", "Dcir"),
        ("res_rc_cap_mAhcm2_C0p1", "mAh.cm-2", "Rc cap C0p1"),
        ("target_k", "-", "K"),
        ("temperature_K", "K", "Temperature"),
        ("temperature_k", "-", "Temperature k"),
        ("UTS", "-", "UTS"),
        ("y_", "-", "Y_"),
    ],
)
def test_unit_and_label(column, unit, label):
    assert (unit_of(column), label_of(column)) == (unit, label)
