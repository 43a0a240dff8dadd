import numpy as np


def test_a_diffusivity_off_by_more_than_a_thousandth_is_an_error(clean, bend, rows_of, findings):
    given = clean.rows["d_eff_raw"]
    wrong = {row: 1.1 * given[row] for row in rows_of(2)}
    close = {row: 1.0005 * given[row] for row in rows_of(3)}
    found = findings(bend(rows={"d_eff_raw": wrong | close}))
    assert {code: finding.count for code, finding in found.items()} == {"inconsistent_d_eff": 1}
    assert found["inconsistent_d_eff"].severity == "error"
    assert found["inconsistent_d_eff"].examples == ("volume_02.tif",)
    assert "1.1 times" in found["inconsistent_d_eff"].message


def test_what_stands_beside_an_invalid_tau_is_told_there(bend, rows_of, counts):
    nonsense = {
        "tau_factor_raw": 0.0,
        "tau_factor": np.nan,
        "d_eff_raw": -1e-6,
        "d_eff": np.nan,
        "bruggeman_raw": np.nan,
    }
    evidence = bend(
        rows={name: dict.fromkeys(rows_of(2), value) for name, value in nonsense.items()},
        volumes={"percolates": {2: False}},
    )
    assert "inconsistent_d_eff" not in counts(evidence)


def test_without_a_tau_a_negative_diffusivity_counts_and_zero_does_not(bend, rows_of, counts):
    rows = [*rows_of(2), *rows_of(3)]
    no_tau = {name: dict.fromkeys(rows, np.nan) for name in ("tau_factor_raw", "tau_factor", "bruggeman_raw", "d_eff")}
    given = dict.fromkeys(rows_of(2), -1e-6) | dict.fromkeys(rows_of(3), 0.0)
    found = counts(bend(rows=no_tau | {"d_eff_raw": given}))
    assert found == {"inconsistent_d_eff": 1, "missing_property": 2}
