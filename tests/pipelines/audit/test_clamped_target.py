import numpy as np

from poregrove.schema import TargetSpec

TAU = TargetSpec("tau", "strength", low=1.0, descriptor="tortuosity_factor_z", derivable="transport")


def _values(*clamped: float) -> np.ndarray:
    values = np.linspace(1.5, 9.0, 24)
    values[: len(clamped)] = clamped
    return values


def test_a_tortuosity_of_exactly_one_is_an_error(own, findings):
    found = findings(own(target=TAU, strength=_values(1.0)))
    assert found["clamped_target"].severity == "error"
    assert found["clamped_target"].count == 1
    assert found["clamped_target"].examples == ("tau = 1",)


def test_a_sentinel_counts_where_it_comes_twice(own, counts):
    assert "clamped_target" not in counts(own(strength=_values(-1.0)))
    assert counts(own(strength=_values(-1.0, -1.0)))["clamped_target"] == 2


def test_a_least_value_that_comes_again_and_again_is_a_clamp(own, counts):
    assert counts(own(strength=_values(*[1.25] * 6)))["clamped_target"] == 6


def test_a_target_of_few_values_is_no_continuous_one(own, counts):
    assert "clamped_target" not in counts(own(strength=np.tile([0.0, 1.0, 2.0], 8)))
