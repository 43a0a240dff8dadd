"""Estimates against sums done by hand."""

from dataclasses import replace

import numpy as np
import pytest

from poregrove.pipelines.planning.fit_costs import FitCost, PartCosts, TimedModels
from poregrove.pipelines.planning.screening_costs import KEPT, UNDECIDED
from poregrove.pipelines.planning.span import Span
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.pipelines.training.growth import ROUNDS, growth_of
from poregrove.pipelines.training.job_costs import Part, expected_seconds

ONE = ComparisonSettings(
    models=("ridge",),
    targets=("projected_cycle_life",),
    regimes=("new-both",),
    feature_sets=("scalars",),
    repeats=1,
    intervals=(),
)
NO_STUDIES = StudySettings(importance=False, ablation=False, learning_curves=False, costs=False)


def estimated(known, **changes):
    return known.estimator.estimate(Settings(comparison=replace(ONE, **changes), study=NO_STUDIES))


def test_a_job_takes_its_fits_and_its_predictions(known):
    """40 volumes x 30 designs in three by three blocks: nine fits on about 27 x 20 rows, .2 s a thousand rows, 1 us a predicted row."""
    estimate = estimated(known)
    (work,) = estimate.works
    assert (work.n_fits, work.n_kept, work.n_folds) == (9, 1_200, 9)
    assert sum(rows * count for rows, count in work.fits.items()) == 9 * 1_200 * 4 / 9
    assert estimate.models["ridge"].likely == pytest.approx(0.2 * 4_800 / 1_000 + 1_200 * 1e-6)
    assert estimate.line("models").wall.likely == pytest.approx(
        estimate.line("models").seconds.likely
    )  # one job, one worker


def test_intervals_take_fits_of_the_first_repeat_more(known):
    """CV+: four fits a fold, each on three quarters of the volumes and of the designs."""
    plain, bounded = estimated(known, repeats=2), estimated(known, repeats=2, intervals=("ridge",))
    (work,) = bounded.works
    assert (sum(work.fits.values()), sum(work.interval_fits.values())) == (18, 4 * 9)
    assert sum(rows * n for rows, n in work.interval_fits.items()) == pytest.approx(
        36 * 1_200 * 4 / 9 * 9 / 16, rel=0.01
    )
    assert bounded.seconds.likely > plain.seconds.likely


def test_volumes_in_the_cache_cost_nothing(known):
    half = replace(known.estimator.volumes, n_cached=2)
    estimator = replace(known.estimator, volumes=half)
    whole, left = (one.estimate(known.settings).line("describing").seconds for one in (known.estimator, estimator))
    assert whole == Span(40.0, 36.0, 48.0)
    assert left == whole * 0.5


def test_parts_of_a_run_share_models_and_descriptors(known):
    one, four = (replace(known.estimator, parts=parts).estimate(known.settings) for parts in (1, 4))
    for stage in ("models", "describing"):
        assert four.line(stage).wall.likely == pytest.approx(one.line(stage).wall.likely / 4)
        assert four.line(stage).seconds == one.line(stage).seconds
    assert four.line("scores") == one.line("scores")


def test_choosing_rounds_grows_no_further_than_the_rows_that_have_a_say():
    """A short fit takes 1 ms a round and 1 us a row and round; 90 of 100 s choose rounds on at most 20,000 rows."""
    rows = [1_000, 4_000, 16_000, 64_000]
    growth = growth_of(rows, [ROUNDS * (1e-3 + 1e-6 * n) for n in rows])
    cost = FitCost(4_000, 100, 100.0, 90.0, growth, 1.0, 0.0)
    at = {n: 1e-3 + 1e-6 * n for n in (64_000, 4_000, 20_000, 4_000 * 4 / 9)}
    expected = 10 * at[64_000] / at[4_000] + 90 * at[20_000] / at[4_000 * 4 / 9]
    # between sizes that were timed the law is a straight line of logarithms
    assert cost.fit(64_000, 100).likely == pytest.approx(expected, rel=0.15)


def test_fewer_columns_save_what_depends_on_them():
    growth = growth_of([100, 200, 400], [1.0, 2.0, 4.0])
    cost = FitCost(100, 150, 1.0, 0.0, growth, 0.4, 0.0)
    assert cost.fit(100, 15).likely == pytest.approx(0.4 + 0.6 * 0.1)


def test_targets_on_the_same_rows_share_what_is_made_of_them():
    growth = growth_of([100, 200, 400], [1.0, 2.0, 4.0])
    cost = FitCost(100, 150, 1.0, 0.0, growth, 1.0, 0.0, again=0.25)
    assert 5 * cost.fit(100, 150, alike=5).likely == pytest.approx(1 + 4 * 0.25)


def test_pieces_cost_what_was_measured_and_the_rest_by_the_fixed_rule():
    growth = growth_of([1_000, 2_000, 4_000], [1.0, 2.0, 4.0])
    models = TimedModels({"ridge": FitCost(1_000, 150, 1.0, 0.0, growth, 1.0, 0.0)})
    costs = PartCosts(models, ComparisonSettings(training_rows=2_000), 10_000)
    part = Part(
        "ridge", "linear", "scalars", "random", "as-is", ("a",), ((0, 0), (0, 1)), n_rows=8_000, n_columns=150, n_fits=2
    )
    assert costs(part) == pytest.approx(2 * 2.0)
    other = replace(part, model="extra-trees", kind="other")
    assert costs(other) == expected_seconds(other)


def test_a_span_holds_its_estimate():
    span = Span.of([1.0, 3.0]) + Span.about(10.0, 2.0)
    assert span == Span(12.0, 6.0, 23.0)
    assert Span(10.0, 9.9, 10.1).within(1.25) == Span(10.0, 8.0, 12.5)
    assert np.isclose((span * 0.5).high, 11.5)


def test_a_large_set_is_screened_on_thin_rows_and_fitted_in_part(known):
    """Two sets of two models under one regime are four candidates: nine folds, the first tries all, later ones what is undecided."""
    changes = {"models": ("ridge", "elastic-net"), "feature_sets": ("scalars", "scalars+physics"), "large_set": "on"}
    changes |= {"training_rows": 100_000}
    plain, screened = estimated(known, **changes, screening=False), estimated(known, **changes)
    assert [line.stage for line in screened.lines if line.stage not in {line.stage for line in plain.lines}] == [
        "screening"
    ]
    thin = 8_000 * 4 / 9  # a third of the volumes and of the designs is held back
    assert screened.line("screening").seconds.likely == pytest.approx(
        2 * (0.2 + 1.0) * thin / 1_000 * (1 + 8 * UNDECIDED.likely), rel=0.01
    )
    for bound in ("likely", "low", "high"):
        whole, kept = getattr(plain.models["ridge"], bound), getattr(screened.models["ridge"], bound)
        assert kept == pytest.approx(getattr(KEPT, bound) * whole)
