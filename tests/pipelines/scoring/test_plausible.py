"""Units that are off by a factor, and predictions that are the truth; a bad model is neither."""

import numpy as np
import pytest

from poregrove.pipelines.scoring.plausible import too_good, unit_factor

RNG = np.random.default_rng(0)
LIFE = 1000 + 200 * RNG.normal(size=300)
VOLTAGE = 3.8 + 0.01 * RNG.normal(size=300)
FADE = -np.exp(RNG.normal(-7, 1.5, size=300))


@pytest.mark.parametrize("factor", [1000.0, 1e-3, 60.0, 1 / 60])
@pytest.mark.parametrize("y", [LIFE, VOLTAGE, -VOLTAGE], ids=["life", "voltage", "negative"])
def test_a_constant_factor_is_found_and_named(y, factor):
    predicted = factor * (y + y.std() * RNG.normal(size=len(y)))
    found = unit_factor(y, predicted)
    assert found.slope == pytest.approx(factor, rel=0.1)
    assert float(found.named) == pytest.approx(factor, rel=0.7)


def test_powers_of_ten_are_named_as_such():
    assert unit_factor(LIFE, 1003.0 * LIFE).named == "1000"
    assert unit_factor(LIFE, 0.00099 * LIFE).named == "0.001"
    assert unit_factor(LIFE, 37.0 * LIFE).named == "37"


@pytest.mark.parametrize(
    "predicted",
    [
        np.full(300, LIFE.mean()),
        LIFE.mean() + 1e-3 * (LIFE - LIFE.mean()),  # hardly trained: the mean and a trace of what is right
        LIFE.mean() + 20 * (LIFE - LIFE.mean()) + 2000 * RNG.normal(size=300),  # overfitted
        -LIFE,
        np.zeros(300),
        RNG.normal(size=300),
    ],
    ids=["mean", "shrunk", "stretched", "mirrored", "zero", "noise"],
)
def test_a_bad_model_is_not_a_wrong_unit(predicted):
    assert unit_factor(LIFE, predicted) is None


def test_a_shrunk_model_of_a_target_about_zero_is_not_a_wrong_unit():
    y = RNG.normal(size=300)
    assert unit_factor(y, 0.05 * y) is None
    assert unit_factor(y, 1000 * y).named == "1000"


def test_a_target_over_decades_is_judged_too():
    assert unit_factor(FADE, 1000 * FADE).named == "1000"
    assert unit_factor(FADE, np.full(300, FADE.mean())) is None


def test_the_truth_is_told_from_a_good_model():
    assert "equal to the truth" in too_good(LIFE, LIFE.astype(np.float32).astype(float), "raw")
    assert "above 0.9999" in too_good(LIFE, LIFE + 0.5 * RNG.normal(size=300), "raw")
    assert too_good(LIFE, LIFE + 5 * RNG.normal(size=300), "raw") is None
    assert too_good(np.full(3, 2.0), np.array([1.0, 2.0, 3.0]), "raw") is None


def test_the_headline_scale_decides():
    tau = np.exp(RNG.normal(0, 1, 300))
    assert too_good(tau, tau * np.exp(0.002 * RNG.normal(size=300)), "log") is not None
    assert too_good(tau, tau * np.exp(0.1 * RNG.normal(size=300)), "log") is None
