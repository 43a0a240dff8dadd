"""Mapped tables are the same arrays as those of the Parquet tables, shared, and never out of date."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.runs.folder import RunFolder
from poregrove.pipelines.tables import mapped_tables
from poregrove.pipelines.tables.arrays import Table
from poregrove.pipelines.tables.run_tables import load_data, share_data

LIFE = "projected_cycle_life"


@pytest.fixture
def run(world, runner, models, monkeypatch):
    """A small run whose tables are large enough to be mapped."""
    monkeypatch.setattr(mapped_tables, "MAPPED_ROWS", 1)
    frame = world.observations
    frame["cycle_life_status"] = np.where(frame["row"] % 3 == 0, "measured", "projected")
    frame.loc[frame["row"] % 7 == 0, ["cycle_life_status", LIFE]] = ["censored", 5000.0]
    frame.loc[frame["row"] % 5 == 0, "nominal_capacity"] = np.nan
    runner.run(world, models["mean"], regimes=("random",), targets=(LIFE,))
    return runner.folder


def fresh(folder):
    from poregrove.pipelines.tables.run_tables import _load

    _load.cache_clear()
    return load_data(folder)


def is_mapped(array):
    """Whether the memory of an array is that of a file."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return not array.flags.writeable and not array.flags.owndata


def test_mapped_arrays_are_those_of_the_parquet_tables(run):
    mapped = fresh(run)
    for path in RunFolder(run).mapped.iterdir():
        path.unlink()
    plain = fresh(run)
    for name in ("cells", "distinct"):
        one, other = getattr(mapped, name), getattr(plain, name)
        assert [*one.targets] == [*other.targets]
        for item in fields(Table):
            if item.name not in {"targets", "contract"}:
                array = getattr(one, item.name)
                np.testing.assert_array_equal(array, getattr(other, item.name))
                assert array.dtype == getattr(other, item.name).dtype
                assert is_mapped(array)
                assert not is_mapped(getattr(other, item.name))
        for target, values in one.targets.items():
            np.testing.assert_array_equal(values, other.targets[target])
        assert one.life_bounds == other.life_bounds
    assert mapped.cells.censored.any()
    assert mapped.cells.measured.any()
    pd.testing.assert_frame_equal(mapped.volumes, plain.volumes)
    pd.testing.assert_frame_equal(mapped.designs, plain.designs)
    np.testing.assert_array_equal(mapped.generator, plain.generator)


def test_tables_that_changed_are_not_taken_from_the_map(run):
    path = run / "features.parquet"
    frame = pd.read_parquet(path)
    frame["porosity"] += 1
    frame.to_parquet(path)
    assert fresh(run).volumes["porosity"].min() > 1
    share_data(run)
    again = fresh(run)
    assert again.volumes["porosity"].min() > 1
    assert is_mapped(again.cells.volume)


@pytest.mark.parametrize("name", ["cells.arrow", "made_from.json", "volumes.arrow"])
def test_a_map_that_is_cut_short_is_made_again(run, name):
    path = RunFolder(run).mapped / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    rows = len(fresh(run).cells)
    assert rows == 288
    share_data(run)
    assert is_mapped(fresh(run).cells.row)


def test_small_runs_are_not_mapped(world, runner, models):
    runner.run(world, models["mean"], regimes=("random",), targets=(LIFE,))
    assert not RunFolder(runner.folder).mapped.exists()


def test_models_learn_the_same_from_mapped_tables(world, runner_in, models, tmp_path, monkeypatch):
    changes = {"regimes": ("new-both",), "targets": (LIFE, "tau_factor")}
    plain = runner_in(tmp_path / "plain")
    plain.run(world, models["linear"], models["nearest"], **changes)
    monkeypatch.setattr(mapped_tables, "MAPPED_ROWS", 1)
    mapped = runner_in(tmp_path / "mapped")
    mapped.run(world, models["linear"], models["nearest"], **changes)
    assert is_mapped(load_data(mapped.folder).cells.volume)
    pd.testing.assert_frame_equal(
        pd.read_parquet(plain.folder / "predictions"), pd.read_parquet(mapped.folder / "predictions")
    )
