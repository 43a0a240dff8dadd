import numpy as np

from poregrove.pipelines.settings import TargetSettings


def clamped(rows_of):
    """One volume with a constant for its exponent, and one where that is right to 0.001."""
    return dict.fromkeys(rows_of(4), 1.5)


def test_an_exponent_that_tau_contradicts_is_counted(clean, bend, rows_of, findings):
    close = {row: clean.rows.loc[row, "bruggeman_raw"] + 0.0009 for row in rows_of(5)}
    found = findings(bend(rows={"bruggeman_raw": clamped(rows_of) | close}))
    assert {code: finding.count for code, finding in found.items()} == {"inconsistent_bruggeman": 1}
    off = abs(1.5 - clean.rows.loc[48, "bruggeman_exponent"])
    assert found["inconsistent_bruggeman"].severity == "warning"
    assert found["inconsistent_bruggeman"].examples == ("volume_04.tif",)
    assert f"off by up to {off:.3g} in the others" in found["inconsistent_bruggeman"].message


def test_an_exponent_beside_an_invalid_tau_is_counted(bend, rows_of, counts):
    nonsense = {"tau_factor_raw": np.inf, "tau_factor": np.nan, "bruggeman_raw": 1.0, "bruggeman_exponent": np.nan}
    evidence = bend(rows={name: dict.fromkeys(rows_of(4), value) for name, value in nonsense.items()})
    assert counts(evidence) == {"inconsistent_bruggeman": 1, "invalid_tau": 1}


def test_it_is_an_info_once_the_exponent_is_derived(bend, rows_of, findings):
    evidence = bend(rows={"bruggeman_raw": clamped(rows_of)}, settings=TargetSettings(bruggeman="derived"))
    assert findings(evidence)["inconsistent_bruggeman"].severity == "info"
