from poregrove.schema import SCALAR_COLUMNS


def test_columns_with_negative_values_are_counted(bend, findings):
    found = findings(bend(rows={SCALAR_COLUMNS[0]: {4: -1.0, 5: -2.0}, SCALAR_COLUMNS[3]: {6: 0.0}}))["negative_scalar"]
    assert (found.severity, found.count, found.unit) == ("error", 1, "columns")
    assert found.examples == (f"{SCALAR_COLUMNS[0]} in 2 rows",)
