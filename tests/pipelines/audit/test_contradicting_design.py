from poregrove.schema import SCALAR_COLUMNS


def test_one_id_of_two_designs_is_told(clean, bend, findings):
    rows = {SCALAR_COLUMNS[0]: {0: 1.01 * clean.rows.loc[0, SCALAR_COLUMNS[0]]}}
    found = findings(bend(rows=rows))["contradicting_design"]
    assert (found.severity, found.count, found.unit) == ("warning", 1, "designs")
    assert found.examples == ("param_id 0",)


def test_digits_of_storage_make_no_other_design(clean, bend, counts):
    name = SCALAR_COLUMNS[0]
    stored = clean.rows[name].astype("float32").astype(float).iloc[:100]
    assert counts(bend(rows={name: stored.to_dict()})) == {}
