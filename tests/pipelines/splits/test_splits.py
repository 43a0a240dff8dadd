"""Folds leak nothing and lose nothing, on complete and on incomplete crossings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poregrove.pipelines.splits.nested import validation_split
from poregrove.pipelines.splits.splits import HELD_OUT, mean_training_rows, split, subsample_training

MAIN = ("random", "new-structure", "new-design", "new-both")


@st.composite
def crossings(draw):
    """Groups of the rows of a crossing in which some cells are empty and some are filled twice."""
    n_volumes, n_designs = draw(st.integers(1, 14)), draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cells = [(v, d) for v in range(n_volumes) for d in range(n_designs)]
    kept = draw(st.floats(0.05, 1.0))
    chosen = [cell for cell in cells if rng.random() < kept] or cells[:1]
    pairs = np.array(chosen + [chosen[0]] * draw(st.integers(0, 3)))
    pairs = pairs[rng.permutation(len(pairs))]
    return pairs[:, 0], pairs[:, 1]


def shares(one, other):
    return bool(np.isin(one, other).any())


@settings(max_examples=150, deadline=None)
@given(crossing=crossings(), regime=st.sampled_from(MAIN), folds=st.integers(2, 6), seed=st.integers(0, 99))
def test_training_shares_nothing_that_the_regime_calls_new(crossing, regime, folds, seed):
    volume, design = crossing
    found = split(regime, volume, design, folds=folds, repeats=3, seed=seed)
    if not found.status.defined:
        assert found.status.reason
        assert list(found) == []
        return
    every = list(found)
    for fold in every:
        assert len(fold.train)
        assert not shares(fold.train, fold.test)
        if "volume" in HELD_OUT[regime]:
            assert not shares(volume[fold.train], volume[fold.test])
        if "design" in HELD_OUT[regime]:
            assert not shares(design[fold.train], design[fold.test])
    for repeat in range(found.status.n_repeats):
        tested = np.concatenate([fold.test for fold in every if fold.repeat == repeat])
        assert np.array_equal(np.sort(tested), np.arange(len(volume)))


@settings(max_examples=60, deadline=None)
@given(crossing=crossings(), seed=st.integers(0, 99))
def test_new_both_drops_no_more_than_it_must(crossing, seed):
    volume, design = crossing
    for fold in split("new-both", volume, design, seed=seed):
        kept = np.setdiff1d(np.arange(len(volume)), np.concatenate([fold.train, fold.test]))
        test_volumes, test_designs = volume[fold.test], design[fold.test]
        # What is dropped lies in the block's strip of volumes or of designs; on a complete crossing
        # those are just the volumes and designs of the test rows.
        if len(np.unique(volume)) * len(np.unique(design)) == len(np.unique(np.stack([volume, design]), axis=1).T):
            assert all(volume[row] in test_volumes or design[row] in test_designs for row in kept)


def complete(n_volumes, n_designs):
    return np.repeat(np.arange(n_volumes), n_designs), np.tile(np.arange(n_designs), n_volumes)


def test_new_both_has_nine_folds_that_keep_four_ninths():
    volume, design = complete(24, 12)
    found = split("new-both", volume, design)
    folds = list(found)
    assert (found.status.n_folds, found.status.n_repeats) == (9, 3)
    assert [fold.fold for fold in folds] == [*range(9)] * 3
    assert {len(fold.train) for fold in folds} == {24 * 12 * 4 // 9}
    assert mean_training_rows(found) == 128
    first = {fold.fold: fold for fold in folds if fold.repeat == 0}
    for number in range(9):
        same_volumes, same_designs = first[number // 3 * 3], first[number % 3]
        assert set(volume[first[number].test]) == set(volume[same_volumes.test])
        assert set(design[first[number].test]) == set(design[same_designs.test])


def test_folds_are_balanced_in_rows_even_where_groups_are_not():
    size = np.array([200, *[10] * 80])
    volume = np.repeat(np.arange(81), size)
    sizes = [len(fold.test) for fold in split("new-structure", volume, volume * 0, folds=5)]
    assert max(sizes) - min(sizes) <= 10


def test_repeats_differ_and_a_seed_repeats_them():
    volume, design = complete(20, 25)
    for regime in MAIN:
        folds = list(split(regime, volume, design, seed=7))
        again = list(split(regime, volume, design, seed=7))
        other = list(split(regime, volume, design, seed=8))
        assert all(np.array_equal(one.test, two.test) for one, two in zip(folds, again, strict=True))
        assert any(not np.array_equal(one.test, two.test) for one, two in zip(folds, other, strict=True))
        first, second = ([fold.test for fold in folds if fold.repeat == number] for number in (0, 1))
        assert any(not np.array_equal(one, two) for one, two in zip(first, second, strict=True))


def test_few_designs_are_left_out_one_by_one():
    few, many = split("new-design", *complete(6, 19)), split("new-design", *complete(6, 20))
    assert (few.status.n_folds, few.status.n_repeats) == (19, 1)
    assert (many.status.n_folds, many.status.n_repeats) == (5, 3)


@pytest.mark.parametrize(
    ("n_volumes", "n_designs", "undefined"),
    [(1, 12, {"new-structure", "new-both"}), (12, 1, {"new-design", "new-both"}), (1, 1, set(MAIN))],
)
def test_what_one_volume_or_one_design_cannot_define_says_why(n_volumes, n_designs, undefined):
    for regime in MAIN:
        status = split(regime, *complete(n_volumes, n_designs)).status
        assert status.defined == (regime not in undefined)
        assert (status.reason is None) == status.defined


def test_one_design_a_volume_is_defined_as_far_as_its_designs_repeat():
    own = np.arange(30)
    assert split("new-both", own, own).status.defined
    repeated = split("new-both", own, own % 5)
    assert repeated.status.defined
    # One row in each corner: whatever is tested, all that is left shares a volume or a design with it.
    corner = split("new-both", np.array([0, 0, 1]), np.array([0, 1, 1])).status
    assert not corner.defined
    assert "no row to train on" in corner.reason


def test_few_groups_in_a_dealt_dimension_are_exploratory():
    volume, design = complete(9, 30)
    exploratory = {regime: split(regime, volume, design).status.exploratory for regime in MAIN}
    assert exploratory == {"random": False, "new-structure": True, "new-design": False, "new-both": True}


def test_extremes_hold_out_both_ends_and_never_what_has_no_value():
    volume, design = complete(44, 3)
    value = np.where(volume < 40, 100.0 - volume, np.nan)
    (fold,) = split("ood-tau", volume, design, extremes=value)
    assert set(volume[fold.test]) == {0, 1, 38, 39}
    assert set(volume[fold.train]) == set(range(44)) - {0, 1, 38, 39}
    assert not split("ood-tau", volume, design, extremes=value * np.nan).status.defined
    assert not split("ood-tau", *complete(9, 3), extremes=complete(9, 3)[0] * 1.0).status.defined


def test_each_generator_is_held_out_once_and_what_has_none_is_trained_on():
    volume, design = complete(12, 3)
    origin = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1])[volume]
    folds = list(split("ood-generator", volume, design, origin=origin))
    assert [set(volume[fold.test]) for fold in folds] == [{0, 1, 2, 3}, {4, 5, 6}, {7, 8, 9}]
    for fold in folds:
        assert set(volume[fold.train]) == set(range(12)) - set(volume[fold.test])


def test_many_generators_share_folds():
    volume, design = complete(40, 2)
    folds = list(split("ood-generator", volume, design, origin=volume))
    assert len(folds) == 5
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(80))


@pytest.mark.parametrize(("origin", "reason"), [(None, "none named"), (-1, "none named"), (3, "is one named")])
def test_one_generator_cannot_be_held_out(origin, reason):
    volume, design = complete(12, 3)
    found = split("ood-generator", volume, design, origin=None if origin is None else np.full(36, origin))
    assert not found.status.defined
    assert reason in found.status.reason


def test_thinning_takes_training_rows_only():
    volume, design = complete(12, 24)
    folds = list(split("random", volume, design))
    for fold, thin in zip(folds, subsample_training(iter(folds), 100, seed=1), strict=True):
        assert len(thin.train) == 100
        assert np.isin(thin.train, fold.train).all()
        assert np.array_equal(thin.test, fold.test)


@settings(max_examples=100, deadline=None)
@given(crossing=crossings(), regime=st.sampled_from(MAIN), share=st.floats(0.05, 0.5), seed=st.integers(0, 99))
def test_validation_is_as_new_as_the_test_rows_of_the_regime(crossing, regime, share, seed):
    volume, design = crossing
    fit, valid = validation_split(regime, volume, design, share=share, seed=seed)
    assert len(fit)
    assert not shares(fit, valid)
    if "volume" in HELD_OUT[regime]:
        assert not shares(volume[fit], volume[valid])
    if "design" in HELD_OUT[regime]:
        assert not shares(design[fit], design[valid])
    if regime != "new-both":
        assert len(fit) + len(valid) == len(volume)
    if not len(valid):
        assert np.array_equal(fit, np.arange(len(volume)))


def test_validation_takes_about_its_share_and_in_two_dimensions_enough_rows():
    volume, design = complete(40, 25)
    _, valid = validation_split("new-structure", volume, design, share=0.2, seed=0)
    assert len(valid) == 200
    fit, valid = validation_split("new-both", volume, design, share=0.2, seed=0)
    assert (len(valid), len(fit)) == (8 * 5, 32 * 20)
    fit, valid = validation_split("new-both", *complete(16, 9), share=0.2, seed=0)
    assert 16 <= len(valid) <= 30
    assert len(fit) >= 60
