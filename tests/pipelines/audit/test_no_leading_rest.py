def test_cycles_that_start_in_the_discharge_are_counted(bend, findings):
    found = findings(bend(rows={"leading_rest": dict.fromkeys(range(40), False)}))
    assert {code: finding.count for code, finding in found.items()} == {"no_leading_rest": 40}
    assert found["no_leading_rest"].severity == "warning"
    assert "rest_to_discharge in 40 rows (median 4.10 V)" in found["no_leading_rest"].message


def test_rows_without_a_discharge_have_none_to_lead_in(bend, counts):
    lacking = {"leading_rest": {7: False}, "mean_discharge_voltage": {7: float("nan")}}
    assert counts(bend(rows=lacking)) == {}
