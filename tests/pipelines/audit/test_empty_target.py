def test_targets_without_any_value_are_named_with_their_reason(bend, findings):
    nothing = dict.fromkeys(range(288), float("nan"))
    reasons = dict.fromkeys(range(288), "no_trend") | {3: "not_simulated"}
    found = findings(bend(rows={"nominal_capacity": nothing, "nominal_capacity_reason": reasons}))
    assert found["empty_target"].count == 1
    assert found["empty_target"].examples == ("nominal_capacity: no_trend",)
    assert found["empty_target"].severity == "warning"


def test_one_value_is_enough(bend, findings):
    almost = dict.fromkeys(range(287), float("nan"))
    found = findings(bend(rows={"tau_factor": almost, "tau_factor_reason": dict.fromkeys(range(287), "missing")}))
    assert "empty_target" not in found
