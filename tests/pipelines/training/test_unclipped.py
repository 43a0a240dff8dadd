"""Predictions before they were clipped: kept and scored where extremes are tested, and nowhere else."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from synthetic_world import FittedFunction

from poregrove.models.base import ModelInfo, Prediction
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.predictions import read_predictions

LIFE, SET = "projected_cycle_life", "scalars+morphology+transport"


class FittedBounded(FittedFunction):
    """Answers kept to 990 and more."""

    def predict(self, rows):
        return Prediction.clipped(super().predict(rows).y.astype(float), 990.0, np.inf)


@dataclass
class Bounded:
    """A plane through the porosity, clipped."""

    info: ClassVar[ModelInfo] = ModelInfo("bounded", "b", "linear", "b", (SET,))
    fitted: ClassVar[type] = FittedBounded

    def fit(self, train, _valid, _context):
        plane = np.polyfit(train.rows.column("porosity").astype(float), train.y, 1)
        return FittedBounded(lambda rows: np.polyval(plane, rows.column("porosity").astype(float)))


@pytest.fixture
def scored(make, runner, models):
    runner.run(
        make(24, 12), models["mean"], Bounded, regimes=("new-structure", "ood-porosity"), targets=(LIFE,), intervals=()
    )
    runner.score(models["mean"], Bounded)
    return runner


def test_extremes_are_scored_with_and_without_clipping(scored):
    kept = read_predictions(Job(LIFE, "bounded", SET, "ood-porosity").file(scored.folder))
    before = read_predictions(Job(LIFE, "bounded", SET, "ood-porosity", "unclipped").file(scored.folder))
    np.testing.assert_array_equal(kept["row"], before["row"])
    np.testing.assert_array_equal(kept["y_pred"], np.maximum(before["y_pred"], 990.0))
    assert (before["y_pred"] < 990.0).any()
    scores = scored.table("scores").set_index(["regime", "model", "metric", "scale"])["value"]
    y = scored.table("rows").set_index("row").loc[before["row"], LIFE].to_numpy()
    for name, predictions in (("", kept), ("_unclipped", before)):
        error = predictions["y_pred"].astype(float) - y
        explained = 1 - (error**2).sum() / ((y - y.mean()) ** 2).sum()
        assert scores["ood-porosity", "bounded", f"r2{name}", "raw"] == pytest.approx(explained)
        assert scores["ood-porosity", "bounded", f"mae{name}", "raw"] == pytest.approx(np.abs(error).mean())


def test_they_are_no_strays_when_the_run_goes_on(make, scored, models, caplog):
    changes = {"regimes": ("new-structure", "ood-porosity"), "targets": (LIFE,), "intervals": ()}
    scored.run(make(24, 12), models["mean"], Bounded, **changes)
    assert "no prediction file of this run" not in caplog.text


def test_elsewhere_nothing_is_kept(scored):
    assert not Job(LIFE, "bounded", SET, "new-structure", "unclipped").file(scored.folder).exists()
    assert not Job(LIFE, "mean", "none", "ood-porosity", "unclipped").file(scored.folder).exists()
    scores = scored.table("scores")
    assert set(scores.loc[scores["metric"].str.endswith("_unclipped"), "regime"]) == {"ood-porosity"}
