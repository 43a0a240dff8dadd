def test_rows_of_the_rarer_methods_are_counted(bend, counts):
    mixed = {"dcir_method": {0: "rest_to_charge", 1: "rest_to_charge", 2: "discharge_to_rest"}}
    assert counts(bend(rows=mixed)) == {"dcir_methods": 3}


def test_a_row_without_any_resistance_is_no_mixture(bend, counts):
    assert counts(bend(rows={"dcir_method": {0: None}})) == {}
