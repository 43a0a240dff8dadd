"""Tuning: seeded trial by trial, gone on with after a kill, better where it can be, blind to the test fold."""

import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from model_fits import fit

pytest.importorskip("optuna")

from poregrove.errors import ModelError
from poregrove.models.base import Columns, ModelInfo, Prediction, Rows
from poregrove.models.shared.nested import nested_by_volume
from poregrove.models.shared.space import SearchRange
from poregrove.pipelines.scoring.score import score_run
from poregrove.pipelines.settings import ComparisonSettings, Settings, TuningSettings
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.manifest import _not_reproducible
from poregrove.pipelines.training.run import run_comparison
from poregrove.pipelines.training.tuning import Tuned, tuned


@dataclass(frozen=True)
class FittedLine:
    slope: float
    offset: float

    def predict(self, rows):
        return Prediction((self.offset + self.slope * rows.matrix()[:, 0]).astype(np.float32))


@dataclass(frozen=True)
class Line:
    """A line whose slope is a setting: what tuning must find is in plain sight."""

    info: ClassVar = ModelInfo("line", "l", "linear", "l", ("scalars",), early_stopping_rows=True)
    fitted: ClassVar = FittedLine
    space: ClassVar = (SearchRange("slope", -5.0, 5.0), SearchRange("idle", 1, 9, whole=True))
    calls: ClassVar = []

    slope: float = 0.0
    idle: int = 2

    def fit(self, train, valid, context):
        if len(self.calls) == LIVES["fits"]:
            raise KeyboardInterrupt
        self.calls.append(self.slope)
        return FittedLine(self.slope, float(np.mean(train.y - self.slope * train.rows.matrix()[:, 0])))


LIVES = {"fits": None}
"""Fits after which a kill comes; None: never."""


@pytest.fixture
def problem(monkeypatch):
    monkeypatch.setitem(LIVES, "fits", None)
    Line.calls.clear()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 1)).astype(np.float32)
    volume = np.repeat(np.arange(40, dtype=np.int32), 3)
    rows = Rows(x, np.zeros((1, 0), np.float32), volume, np.zeros(120, np.int32), Columns(("x",)))
    y = (2 * x[volume, 0] + rng.normal(0, 0.1, 120)).astype(np.float32)
    return rows, y


def kept(folder):
    (file,) = folder.rglob("*.json")
    return [
        {name: value for name, value in trial.items() if name != "seconds"}
        for trial in json.loads(file.read_text())["trials"]
    ]


def test_it_finds_better_settings_than_the_models_own(problem):
    rows, y = problem
    found = fit(Tuned(Line(), TuningSettings(trials=30)), rows, y, seed=1)
    assert found.best["slope"] == pytest.approx(2, abs=0.3)
    error, own = (np.mean((one.predict(rows).y - y) ** 2) for one in (found, fit(Line(), rows, y)))
    assert error < 0.1 * own
    assert found.diagnostics["trials"] == 30
    assert found.slope == found.best["slope"], "what the fitted model tells is told by the tuned one"


def test_the_models_own_settings_are_the_first_trial(problem, tmp_path):
    rows, y = problem
    fit(Tuned(Line(slope=2.5), TuningSettings(trials=3), tmp_path), rows, y)
    assert kept(tmp_path)[0]["values"] == {"slope": 2.5, "idle": 2}


def test_the_same_seed_tries_the_same_and_another_does_not(problem, tmp_path):
    rows, y = problem
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        fit(Tuned(Line(), TuningSettings(trials=12), tmp_path / folder), rows, y, seed=seed)
    assert kept(tmp_path / "a") == kept(tmp_path / "b")
    assert kept(tmp_path / "a")[1] != kept(tmp_path / "c")[1]


@pytest.mark.parametrize("killed_after", [3, 5, 20])
def test_a_search_that_was_killed_ends_as_if_it_had_not_been(problem, tmp_path, killed_after):
    rows, y = problem
    settings = TuningSettings(trials=14)
    whole = fit(Tuned(Line(), settings, tmp_path / "whole"), rows, y, seed=2)

    Line.calls.clear()
    LIVES["fits"] = killed_after
    with pytest.raises(KeyboardInterrupt):
        fit(Tuned(Line(), settings, tmp_path / "killed"), rows, y, seed=2)
    done = len(kept(tmp_path / "killed"))
    assert 0 < done < 14
    LIVES["fits"] = None
    Line.calls.clear()
    resumed = fit(Tuned(Line(), settings, tmp_path / "killed"), rows, y, seed=2)
    assert kept(tmp_path / "killed") == kept(tmp_path / "whole")
    assert resumed.best == whole.best
    assert len(Line.calls) < 1 + 3 * (14 - done + 1), "finished trials are not repeated"


def test_bad_trials_are_pruned_before_their_last_fold(problem, tmp_path):
    rows, y = problem
    for pruning in (True, False):
        fit(Tuned(Line(), TuningSettings(trials=20, pruning=pruning), tmp_path / str(pruning)), rows, y, seed=1)
    states = [trial["state"] for trial in kept(tmp_path / "True")]
    assert "pruned" in states
    assert all(len(trial["errors"]) < 3 for trial in kept(tmp_path / "True") if trial["state"] == "pruned")
    assert {trial["state"] for trial in kept(tmp_path / "False")} == {"complete"}


def test_a_budget_in_seconds_ends_the_search_and_is_said_not_to_be_reproducible(problem):
    rows, y = problem
    found = fit(Tuned(Line(), TuningSettings(seconds=0.05)), rows, y)
    assert 1 <= found.diagnostics["trials"] < 500
    assert _not_reproducible(Settings(tuning=TuningSettings(trials=5)).as_dict()) == []
    (why,) = _not_reproducible(Settings(tuning=TuningSettings(seconds=30)).as_dict())
    assert "tuning.seconds = 30" in why


def test_settings_that_cannot_be_fitted_with_are_left_out_but_the_models_own_must_do(problem):
    rows, y = problem

    @dataclass(frozen=True)
    class Picky(Line):
        wants: float = 0.0

        def fit(self, *arguments, **named):
            if self.slope < self.wants:
                raise ModelError("too flat for me")
            return super().fit(*arguments, **named)

    found = fit(Tuned(Picky(), TuningSettings(trials=15)), rows, y)
    assert found.best["slope"] >= 0
    with pytest.raises(ModelError, match="too flat"):
        fit(Tuned(Picky(wants=1.0), TuningSettings(trials=3)), rows, y)


def test_a_file_that_cannot_be_read_counts_as_none(problem, tmp_path):
    rows, y = problem
    fit(Tuned(Line(), TuningSettings(trials=3), tmp_path), rows, y)
    before = kept(tmp_path)
    (file,) = tmp_path.rglob("*.json")
    file.write_text('{"trials": [{"va')
    fit(Tuned(Line(), TuningSettings(trials=3), tmp_path), rows, y)
    assert kept(tmp_path) == before


def test_off_by_default_and_only_for_models_with_a_space():
    assert not isinstance(InstalledModels().create("xgboost"), Tuned)
    on = InstalledModels({}, TuningSettings(trials=2))
    assert isinstance(on.create("xgboost"), Tuned)
    assert not isinstance(on.create("ridge"), Tuned)
    assert not isinstance(replace(on, tuning=TuningSettings(trials=2, models=("xgboost",))).create("lightgbm"), Tuned)
    assert tuned(Line(), TuningSettings(trials=1)).info.early_stopping_rows is False


def test_folds_by_volume_serve_where_the_caller_gives_none(problem):
    rows, y = problem
    alone = fit(Tuned(Line(), TuningSettings(trials=6)), rows, y, seed=5)
    given = fit(Tuned(Line(), TuningSettings(trials=6)), rows, y, seed=5, nested=nested_by_volume(rows.volume, 5))
    assert alone.best == given.best


def test_tuned_boosters_learn_nothing_of_volumes_that_they_have_not_seen(make, tmp_path):
    """A draw per volume: read off where the volume was seen, nothing to learn where it was not."""
    draw = np.random.default_rng(1).normal(1000, 100, 60)
    world = make(60, 8, life=lambda volume, _: draw[volume])
    settings = ComparisonSettings(
        models=("mean", "lightgbm"),
        targets=("projected_cycle_life",),
        regimes=("random", "new-structure"),
        feature_sets=("none", "scalars+morphology"),
        repeats=1,
        bootstrap=50,
        intervals=(),
    )
    catalog = InstalledModels({"lightgbm": {"rounds": 30}}, TuningSettings(trials=3), tmp_path / "tuning")
    tiers = dict.fromkeys(world.features.columns[2:], "morphology")
    context = RunContext(tmp_path, settings, catalog, tiers=tiers, equal_size=False)
    record = run_comparison(context, build_rows(world.observations, world.volumes), world.features)
    score_run(tmp_path, settings)
    import pandas as pd

    scores = pd.read_parquet(tmp_path / "scores.parquet").query("model == 'lightgbm' and metric == 'r2'")
    r2 = scores[scores["scale"] == "raw"].set_index("regime")["value"]
    assert r2["random"] > 0.9
    assert r2["new-structure"] <= 0.05
    notes = [item.note for item in record.jobs if item.job.model == "lightgbm"]
    assert all("tuned learning_rate" in note for note in notes)
    assert len(list((tmp_path / "tuning" / "lightgbm").glob("*.json"))) == 10
