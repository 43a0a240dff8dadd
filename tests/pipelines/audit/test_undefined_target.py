import numpy as np

from poregrove.pipelines.settings import TargetSettings


def test_rows_that_lack_a_target_are_counted_with_the_reasons(bend, findings):
    reasons = {
        "capacity_fade_rate_reason": {3: "too_few_points", 4: "too_few_points"},
        "initial_dcir_reason": {3: "not_positive"},
    }
    found = findings(bend(rows=reasons))
    assert {code: finding.count for code, finding in found.items()} == {"undefined_target": 2}
    assert found["undefined_target"].message.endswith(
        "capacity_fade_rate too_few_points in 2; initial_dcir not_positive in 1."
    )


def test_a_resistance_left_out_by_setting_does_not_count(bend, counts):
    strict = {
        "initial_dcir_reason": {5: "no_rest_to_discharge"}, "initial_dcir": {5: np.nan}, "leading_rest": {5: False},
    }  # fmt: skip
    assert counts(bend(rows=strict, settings=TargetSettings(dcir="strict"))) == {"no_leading_rest": 1}


def test_a_cell_that_was_not_simulated_is_no_defect(bend, counts):
    """A volume without a path has a row that says so, and nothing is wrong with that."""
    assert counts(bend(rows={"capacity_fade_rate_reason": {5: "not_simulated"}})) == {}
