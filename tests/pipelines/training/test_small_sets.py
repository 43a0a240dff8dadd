"""Data sets on which some regimes mean nothing still run, and say which."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.tables.groups import find_groups
from poregrove.pipelines.tables.rows import build_rows

LIFE = "projected_cycle_life"


def outcome(runner, world, models, **changes):
    chosen = [models[name] for name in ("mean", "design-mean", "volume-mean", "linear")]
    record = runner.run(world, *chosen, equal_size=True, **changes)
    runner.score(*chosen)
    assert not [item for item in record.jobs if item.status == "failed"]
    return {status.regime: status for status in record.regimes}, runner.table("scores"), record


@pytest.mark.parametrize(
    ("size", "defined"),
    [
        ((1, 24), {"random", "new-design"}),
        ((12, 1), {"random", "new-structure"}),
        ((1, 1), set()),
        ((2, 2), {"random", "new-structure", "new-design", "new-both"}),
    ],
)
def test_few_volumes_or_designs(make, runner, models, size, defined):
    statuses, scores, record = outcome(runner, make(*size), models)
    assert {name for name, status in statuses.items() if status.defined} == defined
    assert all(status.reason for status in statuses.values() if not status.defined)
    assert set(scores.loc[scores["target"] == LIFE, "regime"]) == defined
    for item in record.jobs:
        if item.job.target == LIFE and item.job.regime not in defined:
            assert item.status == "not applicable"
            assert item.reason


def test_one_design_a_volume(make, runner, models):
    world = make(30, 30, rows_per_volume=1)
    world.observations["param_id"] = np.arange(30)
    for number, name in enumerate(column for column in world.observations if column.startswith("Separator")):
        world.observations[name] = np.linspace(0.3, 0.6, 30) + number
    statuses, scores, _ = outcome(runner, world, models)
    # nothing is new without the rest, so that one regime stands for all of them
    assert {name for name, status in statuses.items() if status.defined} == {"new-structure"}
    assert {status.reason.partition(" here")[0] for status in statuses.values() if not status.defined} == {
        "same as new-structure"
    }
    assert set(scores.loc[scores["target"] == LIFE, "model"]) == {"mean", "linear"}
    assert runner.table("shares")["share"].isna().all()


def test_an_incomplete_crossing(make, runner, models):
    statuses, scores, _ = outcome(runner, make(30, 24, rows_per_volume=8), models)
    assert {status.n_folds for status in statuses.values()} == {5, 9}
    assert set(scores.loc[scores["target"] == LIFE, "n_rows"]) == {240}
    assert runner.table("shares")["share"].between(0, 1).all()


def test_no_cell_at_all(world, runner, models):
    world.observations["failed"] = True
    statuses, scores, record = outcome(runner, world, models)
    assert statuses["new-structure"].n_groups_volume == 12
    assert set(scores["target"]) == {"tau_factor", "porosity", "d_eff"}
    assert {item.reason for item in record.jobs if item.job.target == LIFE} == {"no row has a target"}


def test_extremes_are_tested_for_cells_and_volumes(make, runner, models):
    statuses, scores, _ = outcome(runner, make(24, 12), models, regimes=("ood-porosity", "ood-tau"))
    assert {status.n_folds for status in statuses.values()} == {1}
    life = scores[(scores["target"] == LIFE) & (scores["metric"] == "r2")]
    assert set(life["n_rows"]) == {24}
    assert set(life["n_volumes"]) == {2}
    assert {"tau_factor", "porosity"} <= set(scores["target"])


def test_generators_are_held_out_for_cells_and_volumes(make, runner, models):
    world = make(24, 12)
    world.observations["generator"] = [f"recipe {number % 3}" for number in world.observations["sample_id"]]
    rows = build_rows(world.observations, world.volumes)
    groups = find_groups(rows, world.volumes, observations=world.observations, ood_column="generator")
    statuses, scores, _ = outcome(runner, world, models, regimes=("ood-generator",), groups=groups)
    assert statuses["ood-generator"].n_folds == 3
    life = scores[(scores["target"] == LIFE) & (scores["metric"] == "r2")]
    assert set(life["n_volumes"]) == {24}
    assert "design-mean" in set(life["model"])
    assert "volume-mean" not in set(life["model"])
    assert "tau_factor" in set(scores["target"])


def test_a_set_that_names_no_generator_says_so(world, runner, models):
    statuses, scores, _ = outcome(runner, world, models, regimes=("ood-generator", "new-structure"))
    assert statuses["ood-generator"].reason == "needs volumes of two generators, there are none named"
    assert set(scores["regime"]) == {"new-structure"}
