"""Models that learn all targets of a table at once: what they are given, and that resuming changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from poregrove.errors import ModelError
from poregrove.models.base import ModelInfo, Prediction
from poregrove.models.shared.fit_reports import TruncatedFit
from poregrove.pipelines.splits.splits import Fold
from poregrove.pipelines.training.fit import fold_seed
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.manifest import _model
from poregrove.pipelines.training.predictions import read_predictions

LIFE, CAPACITY, DCIR, TAU = "projected_cycle_life", "nominal_capacity", "initial_dcir", "tau_factor"
CALLS: list[dict] = []


@dataclass(frozen=True, eq=False)
class FittedTogether:
    """Predicts each target's mean plus a hundredth of the number of targets learned with it."""

    means: np.ndarray
    truncated: TruncatedFit | None = None

    def predict(self, rows):
        y = np.tile(self.means + len(self.means) / 100, (len(rows), 1)).astype(np.float32)
        return Prediction(y, y - 1, y + 1)

    def save(self, folder: Path) -> None:
        raise ModelError(f"test models are not saved in {folder}")


@dataclass(frozen=True)
class Together:
    info: ClassVar[ModelInfo] = ModelInfo(
        "together", "t", "network", "t", ("scalars", "morphology"), early_stopping_rows=True, multi_target=True
    )
    fitted = FittedTogether

    def fit(self, train, valid, context):
        CALLS.append(
            {
                "train": train.rows,
                "y": train.y,
                "valid": valid.rows,
                "y_valid": valid.y,
                "weight": train.target_weight,
                "seed": context.seed,
            }
        )
        return FittedTogether(np.nanmean(train.y, axis=0), TruncatedFit("epochs", 3 + len(CALLS), 60))


@pytest.fixture(autouse=True)
def calls():
    CALLS.clear()
    return CALLS


@pytest.fixture
def gappy(make):
    """A world in which the resistance is known for some rows only, the tortuosity for some volumes."""
    world = make(12, 12)
    frame = world.observations
    frame[DCIR] = frame[CAPACITY].where(frame["row"] % 3 > 0)
    frame.loc[frame["row"] % 11 == 0, CAPACITY] = np.nan
    frame.loc[frame["filename"] == "sample_002.tif", TAU] = np.nan
    return world


CELLS = {"targets": (LIFE, CAPACITY, DCIR), "regimes": ("new-structure",), "feature_sets": ("scalars",)}


def job(target, regime="new-structure", features="scalars"):
    return Job(target, "together", features, regime)


def test_one_fit_a_fold_learns_all_targets_with_nan_where_one_is_unknown(gappy, runner, calls):
    record = runner.run(gappy, Together, **CELLS)
    assert {item.status for item in record.jobs} == {"done"}
    assert len(calls) == 5
    truth = gappy.observations.set_index("row")
    for call in calls:
        assert call["y"].shape == (len(call["train"]), 3)
        assert call["y_valid"].shape == (len(call["valid"]), 3)
        assert np.isfinite(call["y"][:, 0]).all()
        assert np.isnan(call["y"][:, 2]).mean() == pytest.approx(1 / 3, abs=0.1)
        np.testing.assert_allclose(call["weight"], [1.0, 0.3, 0.5])
        assert not np.isin(call["valid"].volume, call["train"].volume).any()
    found = read_predictions(job(DCIR).file(runner.folder))
    assert sorted(found["row"]) == sorted(truth.index[truth[DCIR].notna()])


def test_every_target_gets_its_own_column_on_its_own_scale(gappy, runner, calls):
    runner.run(gappy, Together, targets=(TAU, "porosity"), regimes=("new-structure",), feature_sets=("morphology",))
    assert len(calls) == 5
    (call,) = (call for call in calls if call["seed"] == fold_seed(0, Fold(0, 0, np.arange(0), np.arange(0))))
    for target, log in ((TAU, True), ("porosity", False)):
        found = read_predictions(job(target, features="morphology").file(runner.folder))
        assert len(found["row"]) == (11 if log else 12)
        assert np.isfinite(found["y_pred"]).all()
        mean = call["y"][:, 0 if log else 1]
        expected = np.nanmean(mean) + 0.02
        first = found["y_pred"][found["fold"] == 0]
        np.testing.assert_allclose(np.log(first) if log else first, expected, rtol=1e-5)
        low = found["y_lo"][found["fold"] == 0]
        np.testing.assert_allclose(np.log(low) if log else low, expected - 1, rtol=1e-5)


def test_what_is_finished_already_does_not_change_the_fits_of_the_rest(gappy, runner, calls):
    runner.run(gappy, Together, **CELLS)
    first, file = list(calls), job(CAPACITY).file(runner.folder)
    before, others = read_predictions(file), job(LIFE).file(runner.folder)
    written = others.stat().st_mtime_ns
    file.unlink()
    calls.clear()
    runner.run(gappy, Together, **CELLS)
    assert len(calls) == len(first)
    for old, new in zip(first, calls, strict=True):
        np.testing.assert_array_equal(old["y"], new["y"])
        assert old["seed"] == new["seed"]
    np.testing.assert_array_equal(read_predictions(file)["y_pred"], before["y_pred"])
    assert others.stat().st_mtime_ns == written
    calls.clear()
    runner.run(gappy, Together, **CELLS)
    assert calls == []


def test_targets_share_the_seconds_of_their_fit_and_say_that_time_was_bounded(gappy, runner):
    record = runner.run(gappy, Together, **CELLS)
    assert len({item.seconds_fit for item in record.jobs}) == 1
    assert {item.n_fits for item in record.jobs} == {5}
    assert {item.note for item in record.jobs} == {"time-bounded: 4 to 8 of 60 epochs in 5 of 5 fits"}
    assert _model(Together.info, record.jobs)["notes"] == ["time-bounded: 4 to 8 of 60 epochs in 5 of 5 fits"]
    again = runner.run(gappy, Together, **CELLS)
    assert again.jobs == record.jobs


def test_a_target_that_training_lacks_fails_alone(gappy, runner, calls):
    gappy.observations[DCIR] = gappy.observations[DCIR].where(gappy.observations["filename"] == "sample_000.tif")
    record = runner.run(gappy, Together, **CELLS)
    status = {item.job.target: (item.status, item.reason) for item in record.jobs}
    assert status[DCIR][0] == "failed"
    assert status[DCIR][1].endswith("no training row has a value of the target")
    assert status[LIFE] == status[CAPACITY] == ("done", None)
    assert {call["y"].shape[1] for call in calls} == {2, 3}
