def test_targets_of_one_value_are_counted(bend, findings):
    found = findings(bend(rows={"nominal_capacity": dict.fromkeys(range(288), 5.0)}))
    assert {code: finding.count for code, finding in found.items()} == {"constant_target": 1}
    assert found["constant_target"].examples == ("nominal_capacity = 5",)
    assert found["constant_target"].severity == "warning"


def test_a_target_without_any_value_is_not_constant(bend, counts):
    nothing = dict.fromkeys(range(288), float("nan"))
    reasons = dict.fromkeys(range(288), "no_trend")
    found = counts(bend(rows={"nominal_capacity": nothing, "nominal_capacity_reason": reasons}))
    assert found == {"undefined_target": 288, "empty_target": 1}
