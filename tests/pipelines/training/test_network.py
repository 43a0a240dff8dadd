"""The network in a comparison: on the same folds as the rest, from voxels in the run folder, gone on with after a stop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.extraction.voxel_store import PackedVolumes
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels, Job
from poregrove.pipelines.training.predictions import read_predictions
from poregrove.pipelines.training.run import run_comparison

pytest.importorskip("torch", reason="needs the extra 'cnn'")

LIFE, TAU = "projected_cycle_life", "tau_factor"
OPTIONS = {
    "cnn": {"width": 2, "epochs": 2, "members": 1, "downsample": 1},
    "embedding-xgboost": {"width": 2, "epochs": 2, "downsample": 1},
}
SETTINGS = ComparisonSettings(
    models=("mean", *OPTIONS), targets=(LIFE, "nominal_capacity", TAU), regimes=("new-both",), repeats=1, bootstrap=100
)


@pytest.fixture
def compared(make, tmp_path):
    """Runs the comparison of a small world whose volumes are noise of its porosities."""
    world = make(6, 6)
    rng = np.random.default_rng(0)
    masks = np.stack([rng.random((4, 6, 6)) < share for share in world.features["porosity"]])
    np.packbits(masks, axis=-1).tofile(tmp_path / "volumes.bits")

    def run(workers=1):
        rows = build_rows(world.observations, world.volumes)
        context = RunContext(
            tmp_path,
            SETTINGS,
            InstalledModels(OPTIONS),
            tiers={"porosity": "morphology"},
            volumes=PackedVolumes(tmp_path / "volumes.bits", (4, 6, 6), len(masks)),
            workers=workers,
        )
        return run_comparison(context, rows, world.features)

    return tmp_path, run


def test_the_network_is_compared_on_the_same_rows_and_folds_as_the_rest(compared):
    folder, run = compared
    record = run()
    assert {item.status for item in record.jobs} == {"done"}
    for target in (LIFE, TAU):
        mean = read_predictions(Job(target, "mean", "none", "new-both").file(folder))
        for model, features in (("cnn", "volume+scalars"), ("embedding-xgboost", "embedding+scalars")):
            own = read_predictions(Job(target, model, features, "new-both").file(folder))
            for name in ("row", "fold", "repeat"):
                np.testing.assert_array_equal(own[name], mean[name])
    assert not (folder / "checkpoints").exists()


def test_a_stopped_run_ends_in_the_same_predictions(compared):
    folder, run = compared
    run()
    before = pd.read_parquet(folder / "predictions")
    Job(LIFE, "cnn", "volume+scalars", "new-both").file(folder).unlink()
    run()
    pd.testing.assert_frame_equal(before, pd.read_parquet(folder / "predictions"))


def test_without_its_packages_the_jobs_of_the_network_say_what_is_missing(compared, monkeypatch):
    _, run = compared
    monkeypatch.setattr("poregrove.models.cnn.find_spec", lambda _name: None)
    for item in run().jobs:
        if item.job.model == "mean":
            assert item.status == "done"
        else:
            assert item.status == "not applicable"
            assert item.reason.endswith("pip install 'poregrove[cnn]'")
