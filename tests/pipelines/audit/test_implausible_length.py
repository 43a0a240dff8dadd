from poregrove.schema import SCALAR_COLUMNS

RADIUS = "Positive particle radius [m]"


def test_a_column_of_micrometres_is_told(clean, bend, findings):
    values = (1e6 * clean.rows[RADIUS]).to_dict()
    found = findings(bend(rows={RADIUS: values}))
    assert (found["implausible_length"].severity, found["implausible_length"].count) == ("warning", 1)
    assert found["implausible_length"].examples[0].startswith(f"{RADIUS}: 1")
    assert "mixed_units" not in found


def test_other_scalars_may_be_of_any_size(clean, bend, counts):
    name = SCALAR_COLUMNS[0]
    assert counts(bend(rows={name: (1e6 * clean.rows[name]).to_dict()})) == {}
