import pytest


@pytest.mark.parametrize("others", [["rest_to_charge"], ["rest_to_charge", "rest_to_charge", "discharge_to_rest"]])
def test_rows_of_the_rarer_methods_are_counted(bend, counts, others):
    """Row 9 has no resistance at all, so it has no other method either."""
    mixed = {"dcir_method": dict(enumerate(others)) | {9: None}}
    assert counts(bend(rows=mixed)) == {"dcir_methods": len(others)}


def test_a_row_without_any_resistance_is_no_mixture(bend, counts):
    assert counts(bend(rows={"dcir_method": {0: None}})) == {}
