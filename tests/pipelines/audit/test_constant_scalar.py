from poregrove.schema import SCALAR_COLUMNS


def test_scalars_of_one_value_are_counted(bend, findings):
    constant = {
        SCALAR_COLUMNS[2]: dict.fromkeys(range(288), 1000.0),
        SCALAR_COLUMNS[14]: dict.fromkeys(range(288), 1e4),
    }
    found = findings(bend(rows=constant))
    assert {code: finding.count for code, finding in found.items()} == {"constant_scalar": 2}
    assert found["constant_scalar"].unit == "columns"
    assert found["constant_scalar"].examples == (f"{SCALAR_COLUMNS[2]} = 1000", f"{SCALAR_COLUMNS[14]} = 10000")


def test_two_values_are_not_constant(bend, counts):
    halves = {SCALAR_COLUMNS[2]: {row: float(row % 12 < 6) for row in range(288)}}
    assert counts(bend(rows=halves)) == {"saturated_scalar": 1}
