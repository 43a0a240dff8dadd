"""A family that carries the law is missed; the others are not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import ModelError
from poregrove.models.base import Columns, Rows
from poregrove.pipelines.studies.ablation import ablate
from poregrove.pipelines.studies.families import families_present, without
from poregrove.pipelines.studies.jobs import StudyJob
from poregrove.pipelines.studies.refit import StudyContext
from poregrove.pipelines.training.size_rules import STUDIED_FOLDS
from poregrove.schema import ABLATION

LIFE = "projected_cycle_life"
CELL = (LIFE, "lightgbm-plain", "scalars+morphology")


def ablation(world, regime, metric="r2", target=LIFE):
    table = world.table("ablation")
    part = table[(table["target"] == target) & (table["regime"] == regime) & (table["metric"] == metric)]
    return part.set_index("left_out")


@pytest.mark.parametrize("regime", ["new-structure", "new-both"])
def test_the_family_of_the_law_is_missed_and_the_others_are_not(studied, regime):
    found = ablation(studied[0], regime)
    assert set(found.index) == {"size", "shape", "noise", "path", "scalars"}
    for family in ("shape", "scalars"):
        assert found.loc[family, "difference"] > 0.2
        assert found.loc[family, "lo"] > 0
    for family in ("size", "noise", "path"):
        assert abs(found.loc[family, "difference"]) < 0.05
        assert found.loc[family, "lo"] <= 0 <= found.loc[family, "hi"]
    assert found["n_columns"].to_dict() == {"size": 2, "shape": 2, "noise": 1, "path": 1, "scalars": 15}


def test_two_folds_are_the_same_rows_on_both_sides_and_a_large_set_studies_three(studied, settings):
    world, _ = studied
    job = StudyJob("ablation", *CELL, "new-both", (("left_out", "no family at all"),))
    context = StudyContext.of(world.task(job, replace(settings, folds=2)))
    assert [fold.fold for fold in context.folds] == [0, 1]
    again, _ = context.predict(context.folds, context.rows)
    before = context.compared()
    for column in ("row", "fold", "y_pred"):
        np.testing.assert_array_equal(again[column], before[column])
    for row in ablate(context.task).tables["ablation"]:
        assert row["difference"] == 0.0
    large = replace(world, comparison=replace(world.comparison, large_set="on"))
    assert len(StudyContext.of(large.task(job, settings)).folds) == STUDIED_FOLDS
    assert len(StudyContext.of(world.task(job, settings)).folds) > STUDIED_FOLDS


def test_what_the_image_alone_decides_is_studied_on_the_volumes(studied):
    assert studied[0].table("ablation").query("target == 'tau_factor'")["regime"].unique() == ["new-structure"]
    found = ablation(studied[0], "new-structure", target="tau_factor")
    assert set(found.index) == {"size", "shape", "noise", "path"}
    assert found.loc["path", "lo"] > 0
    assert (found["scale"] == "log").all()


def test_the_score_with_all_columns_is_that_of_the_first_repeat_of_the_comparison(studied):
    world, _ = studied
    rows = world.table("rows").set_index("row")[LIFE]
    part = pd.read_parquet(world.folder / "predictions", filters=[("target", "==", LIFE), ("repeat", "==", 0)])
    part = part[(part["regime"] == "new-both") & (part["features"].isin(["none", "scalars+morphology"]))]
    error = (part["y_pred"] - part["row"].map(rows)) ** 2
    sse = error.groupby([part["model"], part["features"]], observed=True).sum()
    y = rows.dropna()
    own = sse["lightgbm-plain", "scalars+morphology"]
    expected = {"r2": 1 - own / ((y - y.mean()) ** 2).sum(), "skill": 1 - own / sse["mean", "none"]}
    for metric, value in expected.items():
        found = ablation(world, "new-both", metric)
        assert found["value_all"].to_numpy() == pytest.approx(value, rel=1e-5)
        np.testing.assert_allclose(found["difference"], found["value_all"] - found["value_without"], atol=1e-9)


def test_a_fit_on_all_columns_is_that_of_the_comparison(studied):
    world, _ = studied
    context = StudyContext.of(world.task(StudyJob("ablation", *CELL, "new-both", (("left_out", "noise"),))))
    again, sizes = context.predict(context.folds, context.rows)
    before = context.compared()
    assert len(sizes) == 9
    for name in ("row", "fold", "repeat", "y_pred"):
        np.testing.assert_array_equal(again[name], before[name])


def test_rows_without_a_family():
    columns = Columns(("a", "b", "c"), ("s",))
    rows = Rows(
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.ones((1, 1), np.float32),
        np.arange(2),
        np.zeros(2, int),
        columns,
    )
    families = {"a": "one", "b": "two", "c": "one"}
    left = without(rows, "one", families)
    assert left.columns.names == ("b", "s")
    np.testing.assert_array_equal(left.matrix(), [[1, 1], [4, 1]])
    assert without(rows, "scalars", families).columns.names == ("a", "b", "c")
    with pytest.raises(ModelError, match="without scalars there is no column"):
        without(without(without(rows, "one", families), "two", families), "scalars", families)


def test_a_single_family_cannot_be_left_out():
    assert families_present(Columns(("a", "b")), {"a": "one", "b": "one"}) == ()
    assert families_present(Columns(("a",), ("s",)), {"a": "one"}) == ("one", "scalars")


def test_the_table_is_as_declared(studied):
    assert tuple(studied[0].table("ablation").columns) == ABLATION.names
