"""The baseline fixed by other folds, and the best candidate less what its choice flatters it by."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.scoring.baseline import baseline, chosen
from poregrove.pipelines.scoring.bootstrap import Draws
from poregrove.pipelines.scoring.choice import choose
from poregrove.pipelines.scoring.interval import explained_interval
from poregrove.pipelines.scoring.losses import ScoredRows, loss_table

V, D, FOLDS = 12, 10, 3
VOLUME, DESIGN = np.repeat(np.arange(V, dtype=np.int32), D), np.tile(np.arange(D, dtype=np.int32), V)
N = V * D
TRUTH = ScoredRows(
    "y", np.arange(N, dtype=np.int32), np.zeros(N), VOLUME, DESIGN, VOLUME, DESIGN, np.zeros(N, bool), np.full(N, np.nan)
)  # fmt: skip
DRAWS = Draws(300, V, D)


def answer(errors, deals=1):
    """Predictions that err by these numbers, dealt into folds of volumes."""
    nothing = np.full(N * deals, np.nan)
    repeat = np.repeat(np.arange(deals), N)
    return {
        "row": np.tile(TRUTH.row, deals),
        "fold": (np.tile(VOLUME, deals) + repeat) % FOLDS,
        "repeat": repeat,
        "y_pred": np.tile(errors, deals),
        "y_lo": nothing,
        "y_hi": nothing,
    }


def table(errors, deals=1):
    answers = {(name, ""): answer(own, deals) for name, own in errors.items()}
    given = [(*key, key[0], own) for key, own in answers.items()]
    return loss_table(given, TRUTH, "new-structure", "raw", DRAWS), answers


def test_a_fold_takes_the_baseline_that_errs_least_on_the_others():
    """One model is best in fold 0 alone and by far, so that it is best of all, yet fold 0 may not know."""
    fold = VOLUME % FOLDS
    panel, answers = table({"steady": np.full(N, 2.0), "lucky": np.where(fold == 0, 0.0, 2.2)})
    keys = [("steady", ""), ("lucky", "")]
    assert chosen(panel, keys) == (("steady", ""), ("lucky", ""), ("lucky", ""))
    found = baseline(panel, keys, answers.__getitem__, TRUTH, DRAWS)
    assert found.point["se"] == pytest.approx((fold == 0).sum() * 4.0 + (fold != 0).sum() * 2.2**2)
    alone = baseline(panel, keys[:1], answers.__getitem__, TRUTH, DRAWS)
    assert alone is panel.models["steady", ""]


def test_folds_of_other_deals_take_no_part():
    panel, _ = table({"one": np.full(N, 1.0)}, deals=2)
    assert panel.folds.ids == tuple((repeat, fold) for repeat in range(2) for fold in range(FOLDS))
    np.testing.assert_array_equal(panel.folds.apart, np.kron(np.eye(2), 1 - np.eye(FOLDS)))
    assert panel.by_fold["one", ""].sum() == pytest.approx(2 * N)


def test_choosing_flatters_where_candidates_are_alike_and_not_where_one_is_far_better():
    rng = np.random.default_rng(3)
    effects = np.exp(0.3 * rng.normal(size=(6, V)))[:, VOLUME] * np.exp(0.3 * rng.normal(size=(6, D)))[:, DESIGN]
    panel, _ = table({"mean": np.full(N, 1.5)} | {f"like {number}": own for number, own in enumerate(effects)})
    total = panel.models["mean", ""].point["se"], panel.models["mean", ""].draws["se"]
    alike = [key for key in panel.models if key[0] != "mean"]
    found = choose(panel, alike, total)
    own = 1 - panel.models[found.best].point["se"] / total[0]
    assert found.interval.value < own - 0.05
    assert 0 < found.share < 1
    (alone,) = [choose(panel, [found.best], total)]
    ratio, drawn = 1 - own, panel.models[found.best].draws["se"] / total[1]
    usual = explained_interval(ratio, drawn, panel.cells.degrees_of_freedom)
    assert (alone.interval.value, alone.interval.lo, alone.share) == pytest.approx((usual.value, usual.lo, 1.0))
    far, _ = table({"mean": np.full(N, 1.5), "far": 0.01 * effects[0], "near": effects[1]})
    total = far.models["mean", ""].point["se"], far.models["mean", ""].draws["se"]
    sure = choose(far, [("far", ""), ("near", "")], total)
    assert (sure.best, sure.share) == (("far", ""), 1.0)
    assert sure.interval.value == pytest.approx(1 - far.models["far", ""].point["se"] / total[0])
