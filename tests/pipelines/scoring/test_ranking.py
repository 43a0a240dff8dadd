"""Kendall's tau between two regimes, held against a library's."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from poregrove.pipelines.scoring.ranking import kendall_tau


@pytest.mark.parametrize("seed", range(5))
def test_tau_is_that_of_scipy_with_and_without_ties(seed):
    random = np.random.default_rng(seed)
    one, other = random.normal(size=(2, 17))
    assert kendall_tau(one, other) == pytest.approx(kendalltau(one, other).statistic, abs=1e-12)
    one, other = random.integers(0, 4, size=(2, 17)).astype(float)
    assert kendall_tau(one, other) == pytest.approx(kendalltau(one, other).statistic, abs=1e-12)


def test_an_order_of_equals_is_no_order():
    assert np.isnan(kendall_tau(np.zeros(3), np.arange(3.0)))
