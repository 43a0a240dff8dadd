"""Quantile boosting: bounds that follow the noise, in order, and conformalised to what they promise."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.models import registry
from poregrove.pipelines.training.conformal import Held, bounds, scores


@pytest.fixture
def uneven(make_case):
    """Rows whose noise is ten times larger where a scalar is large: (rows, y, noisy)."""
    rng = np.random.default_rng(0)
    rows = make_case(volumes=120, designs=30, per=15, gaps=False).rows
    noisy = rows.designs[rows.design, 0] > 1.5
    y = rows.column("porosity") + np.where(noisy, 1.0, 0.1) * rng.normal(size=len(rows))
    return rows, y.astype(np.float32), noisy


def test_bounds_follow_the_noise_and_hold_the_median(uneven):
    rows, y, noisy = uneven
    test = rows.volume % 4 == 0
    fitted = fit(registry.create("xgboost-quantile", rounds_unvalidated=60), rows.take(~test), y[~test])
    asked = fitted.predict(rows.take(test))
    assert (asked.lo <= asked.y).all()
    assert (asked.y <= asked.hi).all()
    width = asked.hi - asked.lo
    assert np.median(width[noisy[test]]) > 4 * np.median(width[~noisy[test]])


def test_conformalised_they_cover_and_stay_narrower_than_residuals_of_one_width(uneven):
    rows, y, _ = uneven
    role = rows.volume % 3
    parts = [rows.take(role == number) for number in range(3)]
    found = {}
    for name in ("xgboost", "xgboost-quantile"):
        fitted = fit(registry.create(name, rounds_unvalidated=60), parts[0], y[role == 0])
        held, asked = (fitted.predict(part) for part in parts[1:])
        lo, hi = (held.y, held.y) if held.lo is None else (held.lo, held.hi)
        at = (asked.y, asked.y) if asked.lo is None else (asked.lo, asked.hi)
        low, high = bounds([Held(*at, scores(y[role == 1], lo, hi), rows.volume[role == 1])])
        truth = y[role == 2]
        found[name] = (np.mean((low <= truth) & (truth <= high)), np.mean(high - low))
    assert all(0.87 < coverage < 0.96 for coverage, _ in found.values())
    assert found["xgboost-quantile"][1] < 0.9 * found["xgboost"][1]
