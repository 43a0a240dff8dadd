import numpy as np


def test_a_sample_mean_that_does_not_follow_the_time_mean_is_an_error(clean, bend, findings):
    shuffled = np.random.default_rng(0).permutation(clean.rows["mean_discharge_voltage"])
    evidence = bend(
        rows={"mean_discharge_voltage": dict(enumerate(shuffled)), "mean_discharge_voltage_time": {0: np.nan}}
    )
    found = findings(evidence)
    assert {code: finding.count for code, finding in found.items()} == {"voltage_mean_artefact": 287}
    finding = found["voltage_mean_artefact"]
    means = evidence.rows[["mean_discharge_voltage", "mean_discharge_voltage_time"]].iloc[1:].rank()
    correlation = np.corrcoef(means.T)[0, 1]
    assert finding.severity == "error"
    assert f"rank correlation of {correlation:.2f}" in finding.message


def test_few_rows_prove_nothing(clean, bend, counts):
    voltages = clean.rows["mean_discharge_voltage"]
    reversed_nine = dict(enumerate(-voltages)) | dict.fromkeys(range(9, 288), np.nan)
    assert counts(bend(rows={"mean_discharge_voltage": reversed_nine})) == {}
