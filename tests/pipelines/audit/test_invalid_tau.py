import numpy as np
import pytest


@pytest.mark.parametrize("value", [0.0, np.inf, -313446.5])
def test_the_nonsense_of_solvers_is_counted_by_volume(bend, rows_of, findings, value):
    nonsense = {
        "tau_factor_raw": value,
        "tau_factor": np.nan,
        "d_eff_raw": -1e-6,
        "d_eff": np.nan,
        "bruggeman_raw": np.nan,
    }
    evidence = bend(
        rows={name: dict.fromkeys(rows_of(9), given) for name, given in nonsense.items()},
        volumes={"percolates": {9: False}},
    )
    found = findings(evidence)
    # The volume has no path, and its cells were simulated all the same: facts of their own.
    assert {code: finding.count for code, finding in found.items()} == {
        "invalid_tau": 1, "not_percolating": 1, "impossible_cell": 12,
    }  # fmt: skip
    assert found["invalid_tau"].examples == ("volume_09.tif",)
    assert f"{value:.7g}, beside D_eff of -1e-06" in found["invalid_tau"].message


def test_a_tau_that_is_not_given_is_not_invalid(bend, rows_of, counts):
    evidence = bend(rows={name: dict.fromkeys(rows_of(9), np.nan) for name in ("tau_factor_raw", "tau_factor")})
    assert counts(evidence) == {"missing_property": 1}
