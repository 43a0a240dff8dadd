from poregrove.pipelines.audit.checks.renamed_design import renamed_design


def test_one_design_under_two_ids_is_told(bend, findings):
    found = findings(bend(rows={"param_id": {0: 77, 12: 77}}))
    assert (found["renamed_design"].severity, found["renamed_design"].count) == ("info", 1)


def test_ids_that_are_missing_name_nothing(clean):
    rows = clean.rows.assign(param_id=clean.rows["param_id"].astype("Int64").mask(clean.rows["row"] % 2 == 0))
    assert renamed_design.run(type(clean)(rows, clean.volumes)) is None
