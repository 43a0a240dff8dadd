"""Half widths from grouped residuals: counted by hand, and covering where groups are exchangeable."""

import numpy as np
import pytest

from poregrove.pipelines.bundle.intervals import half_width, matching
from poregrove.schema import MAIN_REGIMES


def test_nine_groups_of_one_bound_ninety_percent_by_the_largest_error():
    errors = np.array([5.0, 1.0, 9.0, 2.0, 3.0, 7.0, 4.0, 8.0, 6.0])
    assert half_width(errors, np.arange(9), 0.9) == 9.0
    assert half_width(errors, np.arange(9), 0.5) == 5.0
    assert half_width(errors, np.arange(9), 0.95) == np.inf


def test_fewer_than_nine_groups_bound_nothing():
    errors = np.arange(800.0)
    assert half_width(errors, np.arange(800) % 8, 0.5) == np.inf
    assert half_width(errors, np.arange(800) % 9, 0.5) < np.inf


def test_groups_of_one_are_the_usual_split_conformal_quantile():
    """The ceil((n + 1) a)-th smallest of n residuals."""
    rng = np.random.default_rng(0)
    for n in (9, 19, 57, 100):
        errors = rng.exponential(size=n)
        assert half_width(errors, rng.permutation(n), 0.9) == np.sort(errors)[int(np.ceil((n + 1) * 0.9)) - 1]


def test_a_group_weighs_the_same_whatever_its_number_of_rows():
    """Nineteen quiet groups of one row and one loud group of a thousand: its rows cannot set the quantile."""
    errors = np.concatenate([np.full(19, 1.0), np.full(1000, 100.0)])
    group = np.concatenate([np.arange(19), np.full(1000, 19)])
    assert half_width(errors, group, 0.9) == 1.0
    assert np.quantile(errors, 0.9) == 100.0


def test_a_new_group_is_covered_as_often_as_promised():
    """y = group effect + noise: rows of a new group lie inside in at least 90 %, where plain quantiles fall short."""
    rng = np.random.default_rng(1)
    covered, plain = [], []
    for _ in range(400):
        effects = rng.normal(size=11)
        rows = np.abs(effects[:, None] + 0.2 * rng.normal(size=(11, 20)))
        errors, group = rows[:10].ravel(), np.repeat(np.arange(10), 20)
        covered.append((rows[10] <= half_width(errors, group, 0.9)).mean())
        plain.append((rows[10] <= np.quantile(errors, 0.9)).mean())
    assert np.mean(covered) > 0.9 - 0.02
    assert np.mean(plain) < np.mean(covered)


@pytest.mark.parametrize(
    ("query", "compared", "expected"),
    [
        ("random", MAIN_REGIMES, "random"),
        ("new-structure", MAIN_REGIMES, "new-structure"),
        ("new-design", MAIN_REGIMES, "new-design"),
        ("new-both", MAIN_REGIMES, "new-both"),
        ("random", ("new-structure", "new-both"), "new-structure"),
        ("new-design", ("random", "new-structure", "new-both"), "new-both"),
        ("new-structure", ("random", "new-design"), None),
        ("new-both", ("random", "new-structure", "new-design"), None),
    ],
)
def test_a_query_is_served_by_its_regime_or_a_stricter_one(query, compared, expected):
    assert matching(query, compared) == expected
