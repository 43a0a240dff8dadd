"""Importance of columns, against a law that is known."""

import numpy as np
import pytest

from poregrove.models.base import Columns, Rows
from poregrove.pipelines.studies.correlated import correlated_groups
from poregrove.pipelines.studies.importance import permutation_rows
from poregrove.pipelines.studies.permutation import Group, permuted
from poregrove.pipelines.studies.shap import Explanation, explained_rows
from poregrove.pipelines.studies.stability import ranks, stable
from poregrove.schema import IMPORTANCE, SHAP_POINTS

LIFE = "projected_cycle_life"


def importance(world, kind, level, regime="new-structure", target=LIFE):
    table = world.table("importance")
    kept = {"kind": kind, "level": level, "regime": regime, "target": target}
    return table[np.logical_and.reduce([table[name] == value for name, value in kept.items()])].set_index("name")


def test_shap_finds_the_columns_and_families_of_the_law(studied):
    columns = importance(studied[0], "shap", "column")
    assert set(columns.sort_values("rank").index[:2]) == {"rough", "sei_rate"}
    assert columns.loc[["rough", "sei_rate"], "stable"].all()
    assert (columns.loc[["rough", "sei_rate"], "direction"] > 0.9).all()
    others = columns.drop(["rough", "sei_rate"])
    assert others["value"].max() < 0.2 * columns.loc[["rough", "sei_rate"], "value"].min()
    families = importance(studied[0], "shap", "family")
    assert set(families.sort_values("rank").index[:2]) == {"shape", "scalars"}
    assert families["direction"].isna().all()
    assert ((columns["lo"] <= columns["value"]) & (columns["value"] <= columns["hi"])).all()


def test_shap_is_of_the_size_of_the_terms_of_the_law(studied):
    """y = 60 rough + 60 ln s: the mean absolute term is known from the tables alone."""
    world, _ = studied
    rough = world.table("features")["rough"]
    expected = 60 * np.abs(rough - rough.mean()).mean()
    assert importance(world, "shap", "column").loc["rough", "value"] == pytest.approx(expected, rel=0.2)


def test_permutation_finds_the_groups_of_the_law_and_nothing_else(studied):
    world, _ = studied
    groups = importance(world, "permutation", "group")
    assert groups.loc["rough", "value"] > 0.5
    assert groups.loc["sei_rate", "value"] > 0.5
    assert groups.loc[["rough", "sei_rate"], "stable"].all()
    assert groups.drop(["rough", "sei_rate"])["value"].abs().max() < 0.03
    assert groups.loc["rough", "family"] == "shape"
    twins = groups[groups["members"].str.contains("twin")]
    assert twins["members"].tolist() == ["wide,wide_twin"]
    assert (groups["n_folds"] == 3).all()


def test_of_a_target_of_the_image_alone_only_descriptors_count(studied):
    columns = importance(studied[0], "shap", "column", target="tau_factor")
    assert columns["rank"].idxmin() == "long"
    assert set(columns["family"]) == {"size", "shape", "noise", "path"}


def test_points_are_out_of_fold_rows_with_the_values_they_had(studied):
    world, _ = studied
    points = world.table("shap_points").query("target == @LIFE and regime == 'new-both'")
    assert tuple(points.columns) == SHAP_POINTS.names
    assert points.groupby("column")["row"].nunique().eq(120).all()
    assert points["column"].nunique() == 15
    digest = world.table("rows").set_index("row")["volume_digest"]
    rough = world.table("features").set_index("volume_digest")["rough"]
    own = points[points["column"] == "rough"]
    np.testing.assert_allclose(own["feature"], own["row"].map(digest).map(rough), rtol=1e-6)


def test_the_table_is_as_declared(studied):
    assert tuple(studied[0].table("importance").columns) == IMPORTANCE.names


def test_duplicates_share_a_group_whatever_their_scale_and_sign():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    values = np.column_stack([a, b, -np.exp(a), a + 0.1 * rng.normal(size=200), np.full(200, np.nan)])
    groups = correlated_groups(values, ("a", "b", "fall", "near", "empty"), 0.7)
    assert [group.members for group in groups] == [("a", "fall", "near"), ("b",), ("empty",)]
    assert groups[0].name in {"a", "fall"}
    assert [group.members for group in correlated_groups(values, ("a", "b", "fall", "near", "empty"), 0.0)] != groups
    assert correlated_groups(values[:, :1], ("a",), 0.7) == (Group("a", ("a",)),)
    assert correlated_groups(values[:, :0], (), 0.7) == ()


def crossed():
    rng = np.random.default_rng(0)
    volume, design = (
        part.ravel().astype(np.int32) for part in np.meshgrid(np.arange(2, 7), np.arange(3), indexing="ij")
    )
    descriptors, designs = rng.normal(size=(9, 3)).astype(np.float32), rng.normal(size=(4, 2)).astype(np.float32)
    return Rows(descriptors, designs, volume, design, Columns(("a", "b", "c"), ("s", "t")))


def test_every_volume_takes_the_group_of_another_tested_one():
    rows, rng = crossed(), np.random.default_rng(1)
    before = rows.descriptors.copy()
    for _ in range(20):
        moved = permuted(rows, Group("a", ("a", "c")), rng)
        np.testing.assert_array_equal(moved.column("b"), rows.column("b"))
        np.testing.assert_array_equal(moved.designs, rows.designs)
        own, other = rows.descriptors[2:7][:, [0, 2]], moved.descriptors[2:7][:, [0, 2]]
        assert (own != other).all()
        assert {tuple(pair) for pair in own} == {tuple(pair) for pair in other}
    np.testing.assert_array_equal(rows.descriptors, before)


def test_designs_swap_their_scalars_and_one_alone_cannot():
    rows, rng = crossed(), np.random.default_rng(1)
    moved = permuted(rows, Group("t", ("t",)), rng)
    assert sorted(moved.designs[:3, 1]) == sorted(rows.designs[:3, 1])
    assert (moved.designs[:3, 1] != rows.designs[:3, 1]).all()
    np.testing.assert_array_equal(moved.designs[:, 0], rows.designs[:, 0])
    assert permuted(rows.take(rows.design == 0), Group("t", ("t",)), rng) is None
    assert permuted(rows.take(rows.volume == 2), Group("a", ("a",)), rng) is None


def test_joined_quantities_are_those_of_another_volume():
    class Product:
        columns = ("product",)

        def __call__(self, volume, design):
            return (10.0 * volume + design)[:, None].astype(np.float32)

    plain = crossed()
    columns = Columns(plain.columns.descriptors, plain.columns.designs, ("product",))
    rows = Rows(plain.descriptors, plain.designs, plain.volume, plain.design, columns, joined=Product())
    moved = permuted(rows, Group("physics", ("product",)), np.random.default_rng(0)).column("product")
    assert (moved // 10 != rows.volume).all()
    np.testing.assert_array_equal(moved % 10, rows.design)
    np.testing.assert_array_equal(np.unique(moved // 10), np.unique(rows.volume))


def test_a_fold_that_could_not_permute_takes_no_part():
    groups = (Group("a", ("a",)), Group("b", ("b",)), Group("c", ("c",)))
    lost = np.array([[1.0, np.nan, np.nan], [3.0, 0.5, np.nan]])
    rows = {row["name"]: row for row in permutation_rows(lost, np.array([10, 30]), groups, dict.fromkeys("abc", "f"))}
    assert list(rows) == ["a", "b"]
    assert rows["a"]["value"] == 2.5
    assert (rows["b"]["value"], rows["b"]["n_folds"]) == (0.5, 1)


def test_contributions_of_a_family_are_summed_before_their_size_is_taken():
    """Two columns that cancel each other say nothing as a family."""
    give = np.array([[1.0, -1.0, 0.5], [-2.0, 2.0, 0.5], [1.0, -1.0, -0.5], [3.0, -3.0, 0.5]])
    values = np.column_stack([give[:, 0], give[:, 0], np.array([1.0, np.nan, 0.0, 2.0])])
    fold = Explanation(("a", "b", "c"), give, values, np.arange(4))
    rows = {(row["level"], row["name"]): row for row in explained_rows([fold, fold], ("one", "one", "two"))}
    assert rows["column", "a"]["value"] == pytest.approx(1.75)
    assert rows["family", "one"]["value"] == pytest.approx(0.0)
    assert rows["family", "two"]["value"] == pytest.approx(0.5)
    assert rows["column", "a"]["direction"] == pytest.approx(1.0)
    assert rows["column", "b"]["direction"] == pytest.approx(-1.0)
    assert rows["column", "c"]["direction"] == pytest.approx(np.sqrt(3) / 2)
    assert all(row["stable"] for row in rows.values() if row["name"] != "c")


def test_what_changes_place_or_sign_between_folds_is_flagged():
    """The last of six becomes the first in one fold of three; the fourth turns its sign where it has one."""
    sizes = np.array([[9.0, 8.0, 7.0, 6.0, 5.0, 4.0], [9.0, 8.0, 7.0, 6.0, 5.0, 4.0], [9.0, 8.0, 7.0, 6.0, 5.0, 20.0]])
    signs = np.ones((3, 6))
    signs[1:, 3] = -1.0, np.nan
    assert ranks(sizes[2]).tolist() == [2, 3, 4, 5, 6, 1]
    assert stable(sizes, signs).tolist() == [True, True, True, False, True, False]
    assert not stable(sizes[:1], signs[:1]).any()
