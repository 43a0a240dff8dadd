from poregrove.schema import SCALAR_COLUMNS


def test_a_chain_of_small_steps_is_told_and_not_merged(clean, bend, findings):
    name = SCALAR_COLUMNS[0]
    value = clean.rows.loc[0, name]
    evidence = bend(rows={name: {0: value * (1 + 8e-6), 12: value * (1 + 16e-6)}})
    found = findings(evidence)
    assert (found["design_chain"].severity, found["design_chain"].count) == ("warning", 1)
    assert found["design_chain"].examples == ("param_id 0",)
    assert evidence.rows.loc[[0, 12, 24], "design_digest"].nunique() == 3
