"""Exported folds are the very folds that a comparison trains and tests on, and their digest knows them again."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.arrays import data_of
from poregrove.pipelines.tables.groups import find_groups
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training.folds_digest import folds_digest
from poregrove.pipelines.training.folds_table import write_folds
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.predictions import read_predictions
from poregrove.schema import MAIN_REGIMES, SCALAR_COLUMNS

LIFE, TAU = "projected_cycle_life", "tau_factor"
KEYS = ["regime", "repeat", "fold"]


def data_in(world, **how):
    rows = build_rows(world.observations, world.volumes, **how)
    return rows, data_of(rows, world.features, find_groups(rows))


def exported(folder, world, settings, targets=(LIFE, TAU)):
    rows, data = data_in(world)
    keys = rows[["row", "sample_id", "param_id", "volume_digest"]].assign(filename="x.tif")
    write_folds(folder, data, keys, settings, targets, about={"folds_digest": "d" * 16})
    return pd.read_parquet(folder / "rows.parquet"), pd.read_parquet(folder / "folds.parquet")


@pytest.fixture
def settings():
    return ComparisonSettings(repeats=2, folds=4, regimes=MAIN_REGIMES)


def test_test_rows_are_those_that_a_comparison_tests(world, runner, models, settings, tmp_path):
    world.observations.loc[3:9, LIFE] = np.nan
    world.observations.loc[5, "nominal_capacity"] = np.nan
    rows, folds = exported(tmp_path / "folds", world, settings)
    runner.run(world, models["mean"], targets=(LIFE, TAU), repeats=2, folds=4)
    for target, regimes in ((LIFE, MAIN_REGIMES), (TAU, ("new-structure", "new-both"))):
        known = rows["row"][rows[target].notna()]
        for regime in regimes:
            tested = read_predictions(Job(target, "mean", "none", regime).file(runner.folder))
            expected = {tuple(item) for item in zip(tested["repeat"], tested["fold"], tested["row"], strict=True)}
            own = folds[(folds["regime"] == regime) & (folds["part"] == "test") & folds["row"].isin(known)]
            assert {tuple(item) for item in own[["repeat", "fold", "row"]].to_numpy()} == expected


def test_validation_rows_are_those_on_which_a_model_stops(world, runner, models, fits, settings):
    rows, folds = exported(runner.folder / "folds", world, settings)
    runner.run(world, models["linear"], targets=(LIFE,), repeats=2, folds=4, feature_sets=("scalars",))
    digests = sorted(rows["volume_digest"].unique())
    pair = rows.set_index("row")[["volume_digest", "param_id"]]

    def pairs(taken):
        return {(digests[volume], design) for volume, design in zip(taken.volume, taken.design, strict=True)}

    cells = folds[folds["row"].isin(rows["row"][rows["kind"] == "cell"])]
    exported_parts = {
        tuple(
            frozenset(map(tuple, pair.loc[own["row"][chosen]].to_numpy()))
            for chosen in ((own["part"] == "train") & ~own["shares_with_validation"], own["part"] == "validation")
        )
        for _, own in cells.groupby(KEYS, observed=True)
    }
    trained = {(frozenset(pairs(call["train"])), frozenset(pairs(call["valid"]))) for call in fits.calls}
    assert len(trained) == 2 * (4 + 4 + 4 + 9)
    assert exported_parts == trained


def test_train_and_validation_are_the_whole_training_fold(world, settings, tmp_path):
    rows, folds = exported(tmp_path, world, settings)
    about = rows.set_index("row")
    for (regime, _, _), own in folds.groupby(KEYS, observed=True):
        part = {name: about.loc[group["row"]] for name, group in own.groupby("part", observed=True)}
        kind = part["test"]["kind"].iloc[0] if regime in ("random", "new-design") else None
        for column, apart in (
            ("volume_digest", ("new-structure", "new-both")),
            ("param_id", ("new-design", "new-both")),
        ):
            if regime in apart:
                for kind in ("cell", "volume"):
                    sides = [set(part[name][part[name]["kind"] == kind][column].dropna()) for name in ("train", "test")]
                    assert not sides[0] & sides[1]
        if regime == "random":
            assert sorted(own["row"]) == sorted(rows["row"][rows["kind"] == kind])
        disjoint = own[(own["part"] == "train") & ~own["shares_with_validation"]]
        assert bool(own["shares_with_validation"].any()) == (regime == "new-both" and len(own) > 20)
        if regime == "new-both":
            cells = about.loc[disjoint["row"]].query("kind == 'cell'")
            held = part["validation"].query("kind == 'cell'")
            assert not set(cells["volume_digest"]) & set(held["volume_digest"])
            assert not set(cells["param_id"]) & set(held["param_id"])


def test_rows_hold_keys_scalars_and_the_named_targets(world, settings, tmp_path):
    world.observations.loc[7, [LIFE, "nominal_capacity"]] = np.nan
    rows, _ = exported(tmp_path, world, settings)
    assert list(rows) == [
        "row",
        "kind",
        "sample_id",
        "param_id",
        "filename",
        "volume_digest",
        *SCALAR_COLUMNS,
        LIFE,
        TAU,
    ]
    assert 7 not in set(rows["row"])
    cells = rows[rows["kind"] == "cell"]
    assert len(cells) == 287
    np.testing.assert_array_equal(cells[LIFE], world.observations[LIFE].drop(index=7))
    np.testing.assert_array_equal(cells[SCALAR_COLUMNS[0]], world.observations[SCALAR_COLUMNS[0]].drop(index=7))
    volumes = rows[rows["kind"] == "volume"]
    assert len(volumes) == 12
    assert volumes[list(SCALAR_COLUMNS)].isna().all(axis=None)
    assert rows.attrs["inputs"] == list(SCALAR_COLUMNS)
    assert pq.read_schema(tmp_path / "folds.parquet").metadata[b"poregrove.folds"].startswith(b'{"folds_digest": "ddd')


def test_a_set_without_folds_is_refused_before_anything_is_written(make, settings, tmp_path):
    with pytest.raises(DataSetError, match=r"no regime has folds: new-both: needs two volume groups"):
        exported(tmp_path / "folds", make(1, 12), replace(settings, regimes=("new-both",)))
    assert not (tmp_path / "folds").exists()


def test_the_digest_is_of_the_data_and_the_folds_alone(world, settings):
    _, data = data_in(world)
    digest = folds_digest(data, settings)
    assert len(digest) == 16
    same = [{"repeats": 1}, {"regimes": ("new-both",)}, {"targets": (LIFE,)}, {"bootstrap": 7}, {"models": ("ridge",)}]
    assert {folds_digest(data, replace(settings, **change)) for change in same} == {digest}
    other = [{"seed": 1}, {"folds": 5}]
    changed = {folds_digest(data, replace(settings, **change)) for change in other}
    world.observations.loc[11, LIFE] += 1e-9
    changed |= {folds_digest(data_in(world)[1], settings)}
    world.volumes.loc[1, "canonical_digest"] = "v000"
    rows = build_rows(world.observations, world.volumes)
    changed |= {folds_digest(data_of(rows, world.features, find_groups(rows, world.volumes)), settings)}
    assert len(changed | {digest}) == 5


def test_the_digest_is_the_same_after_a_run_has_written_its_tables(world, runner, models, settings):
    from poregrove.pipelines.tables.run_tables import load_data

    runner.run(world, models["mean"], targets=(LIFE,), regimes=("random",))
    assert folds_digest(load_data(runner.folder), settings) == folds_digest(data_in(world)[1], settings)
