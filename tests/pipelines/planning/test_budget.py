"""What a budget leaves out, in which order, and what it never does."""

from dataclasses import replace

import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.planning.budget import MARGIN, fit_budget
from poregrove.pipelines.settings import ComparisonSettings, Settings
from poregrove.schema import FEATURE_SET_BY_NAME

RICHEST, WITHOUT_IMAGE = "scalars+morphology+transport+physics", "scalars+physics"


def fitted(known, budget, settings=None):
    return fit_budget(settings or known.settings, budget, known.estimator.estimate, known.models, known.weights)


def whole(known):
    return known.estimator.estimate(known.settings).wall.likely


def test_what_fits_is_left_as_it_is(known):
    plan = fitted(known, 2 * whole(known))
    assert plan.cuts == ()
    assert plan.estimate.settings == known.settings


def test_things_go_in_order_and_no_more_than_needed(known):
    """From a roomy budget to a narrow one each plan leaves out what the one before left out, and then more."""
    before, seen = (), []
    for share in (0.9, 0.5, 0.1, 0.02):
        plan = fitted(known, share * whole(known) / MARGIN)
        assert plan.estimate.wall.likely <= share * whole(known)
        what = tuple(cut.what for cut in plan.cuts)
        assert what[: len(before)] == before
        assert all(cut.saved > 0 for cut in plan.cuts)
        before = what
        seen = [*what]
    order = [
        "the studies",
        "the gallery",
        "intervals",
        "all deals of the folds but the first",
        "training at equal size",
        "the feature set scalars",
        "the feature set scalars+morphology",
        "the feature set scalars+morphology+transport",
        "the model blend",
    ]
    assert seen[: len(order)] == order


@pytest.mark.parametrize("share", [0.3, 0.01])
def test_the_verdict_on_the_image_keeps_both_of_its_sides(known, share):
    plan = fitted(known, share * whole(known))
    kept = {work.job.features for work in plan.estimate.works}
    assert {RICHEST, WITHOUT_IMAGE} <= kept
    same = known.settings.comparison
    for name in ("folds", "seed", "validation_share", "inner_folds", "bootstrap", "training_rows"):
        assert getattr(plan.estimate.settings.comparison, name) == getattr(same, name)


def test_the_headline_and_the_heaviest_target_stay_to_the_last(known):
    plan = fitted(known, 0.004 * whole(known))
    jobs = [work.job for work in plan.estimate.works]
    assert "new-both" in {job.regime for job in jobs}
    heaviest = max(known.weights, key=known.weights.__getitem__)
    assert heaviest in {job.target for job in jobs}
    assert "the regime random" in [cut.what for cut in plan.cuts]


def test_settings_say_what_was_left_out(known):
    """A plan made anew from the settings of a plan has nothing left to leave out."""
    plan = fitted(known, 0.1 * whole(known))
    again = fitted(known, 0.1 * whole(known), plan.estimate.settings)
    assert again.cuts == ()
    assert again.estimate.settings == plan.estimate.settings


def test_where_nothing_fits_the_least_time_is_named(known):
    with pytest.raises(SettingsError, match=r"--budget 0.1 s: no plan fits; the least takes about \d+ (s|min)"):
        fitted(known, 0.1)


def test_a_network_is_bounded_by_the_budget_and_left_out_where_that_leaves_no_time(known):
    comparison = ComparisonSettings(models=("mean", "ridge", "cnn"), regimes=("new-both",), repeats=1, intervals=())
    settings = Settings(comparison=comparison)
    free = known.estimator.estimate(settings)
    assert free.untimed == ("cnn",)
    roomy = fitted(known, 12 * 3_600, settings)
    seconds = roomy.estimate.settings.model["cnn"]["seconds"]
    fits = sum(work.n_fits for work in roomy.estimate.works if work.job.model == "cnn")
    assert seconds * fits == pytest.approx(0.5 * 12 * 3_600 * 2, rel=0.01)
    assert roomy.estimate.untimed == ()
    assert roomy.estimate.wall.likely <= MARGIN * 12 * 3_600
    narrow = fitted(known, 120, settings)
    assert "the model cnn" in [cut.what for cut in narrow.cuts]
    assert narrow.estimate.settings.comparison.models == ("mean", "ridge")


def test_sets_without_the_image_alone_are_not_thinned(known):
    comparison = replace(
        known.settings.comparison, feature_sets=("none", "scalars", WITHOUT_IMAGE), models=("mean", "ridge")
    )
    settings = replace(known.settings, comparison=comparison)
    estimate = known.estimator.estimate(settings)
    plan = fit_budget(settings, 0.5 * estimate.wall.likely, known.estimator.estimate, known.models, known.weights)
    kept = {work.job.features for work in plan.estimate.works}
    assert not any(FEATURE_SET_BY_NAME[name].tiers for name in kept)
    assert {"none", "scalars", WITHOUT_IMAGE} <= kept
