"""Nested folds of a training fold: new in the way of the regime, and handed to the models that ask for them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from poregrove.models.base import ModelInfo, Prediction
from poregrove.pipelines.splits.nested import nested_folds
from poregrove.pipelines.splits.splits import HELD_OUT


@pytest.mark.parametrize("regime", HELD_OUT)
def test_parts_share_nothing_that_is_new_to_the_regime(regime):
    volume, design = (axis.ravel() for axis in np.meshgrid(np.arange(20), np.arange(12), indexing="ij"))
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    inner = nested_folds(regime, volume, design, folds=3, share=0.2, seed=1)
    assert len(inner.folds) == 3
    assert len(inner.whole.test) == 0
    for cut in (*inner.folds, inner.whole):
        assert len(cut.fit)
        assert len(cut.valid)
        for name in HELD_OUT[regime]:
            parts = [set(groups[name][part]) for part in (cut.fit, cut.valid, cut.test)]
            assert not parts[0] & parts[1]
            assert not parts[0] & parts[2]
            assert not set(groups[name][cut.rest]) & parts[2]
            if len(HELD_OUT[regime]) == 1:
                assert not parts[1] & parts[2]
                assert not len(cut.rest)
        apart = ~np.logical_or.reduce([np.isin(groups[name], groups[name][cut.test]) for name in HELD_OUT[regime]])
        assert np.array_equal(cut.fit_all, np.flatnonzero(apart)), "nothing that may be fitted on is lost"
    tested = np.concatenate([cut.test for cut in inner.folds])
    assert len(set(tested)) == len(tested)
    if len(HELD_OUT[regime]) == 1:
        assert len(tested) == len(volume), "every row is tested once"
    again = nested_folds(regime, volume, design, folds=3, share=0.2, seed=1)
    assert all(np.array_equal(a.test, b.test) for a, b in zip(inner.folds, again.folds, strict=True))


def test_too_few_groups_leave_no_folds_but_a_whole():
    inner = nested_folds("new-both", np.zeros(5, int), np.arange(5), folds=3, share=0.2, seed=0)
    assert inner.folds == ()
    assert len(inner.whole.fit) == 5


@dataclass(frozen=True)
class FittedSelfTesting:
    value: float
    diagnostics: ClassVar = {"weight of one": 0.25}

    def predict(self, rows):
        return Prediction(np.full(len(rows), self.value, np.float32))


class SelfTesting:
    """Keeps the nested folds that it was given."""

    info: ClassVar = ModelInfo("self-testing", "s", "ensemble", "s", ("scalars",), nested_folds=True)
    seen: ClassVar = []

    def fit(self, train, valid, context):
        assert valid is None, "nested folds serve instead"
        self.seen.append((train.rows, context.nested))
        return FittedSelfTesting(float(train.y.mean()))


def test_the_runner_hands_nested_folds_to_a_model_that_asks_and_keeps_its_diagnostics(runner, world):
    SelfTesting.seen.clear()
    record = runner.run(
        world, SelfTesting, targets=("projected_cycle_life",), regimes=("new-both",), feature_sets=("scalars",)
    )
    assert len(SelfTesting.seen) == 9
    for train, inner in SelfTesting.seen:
        assert inner.folds
        for cut in inner.folds:
            assert not set(train.volume[cut.fit]) & set(train.volume[cut.test])
            assert not set(train.design[cut.fit]) & set(train.design[cut.test])
            assert max(map(np.max, (cut.fit, cut.test))) < len(train)
    (job,) = record.jobs
    assert job.note == "mean of 9 fits: weight of one 0.25"
