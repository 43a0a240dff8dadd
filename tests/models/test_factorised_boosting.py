"""Boosting on sums of volumes and designs: the same trees as row by row, by XGBoost and by masks written down here."""

from dataclasses import replace

import numpy as np
import pytest
import xgboost
from model_fits import fit

from poregrove.errors import ModelError, SettingsError
from poregrove.models import registry
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.factorised import kernels
from poregrove.models.factorised.bins import GAP, BinnedRows, Cuts
from poregrove.models.factorised.growing import Grower, Growth

WHOLE = {"subsample": 1.0, "leaf_share": 0.0, "choose": False}
"""Settings under which nothing is drawn."""


class Products:
    """Two physics features that vary with both, and one that depends on the design alone."""

    columns = ("product", "ratio", "of_design")

    def __init__(self, descriptors, designs):
        self.descriptors, self.designs = descriptors, designs

    def __call__(self, volume, design):
        u, w = self.descriptors[volume, 0], self.designs[design, 0]
        return np.stack([u * w, np.where(u > 0.6, np.nan, u / w), w**2], axis=1).astype(np.float32)


@pytest.fixture
def case(make_case):
    """An incomplete crossing in random order with gaps, unequal numbers of rows a volume and physics features."""
    made = make_case(volumes=30, designs=11, per=7)
    rows = made.rows
    rows = replace(
        rows,
        columns=replace(rows.columns, joined=Products.columns),
        joined=Products(rows.descriptors, rows.designs),
    )
    kept = np.random.default_rng(1).random(len(rows)) < 0.8
    return rows.take(kept), made.y[kept]


def test_sums_of_units_make_the_histograms_of_rows(case):
    rows, y = case
    binned = BinnedRows.of(rows, Cuts.of(rows))
    rng = np.random.default_rng(0)
    residual, weight = y.astype(float), rng.uniform(0.5, 2, len(y))
    node = rng.integers(0, 5, len(y)).astype(np.uint8)
    slots = np.array([0, kernels.OUTSIDE, 1, 2, kernels.OUTSIDE], np.uint8)
    drawn = rng.random(30) < 0.7, rng.random(11) < 0.7
    slot, by_volume, by_design = np.empty(len(y), np.uint8), np.zeros((30, 3, 2)), np.zeros((11, 3, 2))
    kernels.sums(
        binned.volume, binned.design, *drawn, node, slots, residual, weight, slot, by_volume, by_design
    )  # fmt: skip
    seen = drawn[0][rows.volume] & drawn[1][rows.design] & np.isin(node, [0, 2, 3])
    assert np.array_equal(slot != kernels.OUTSIDE, seen)
    for bins, of_units in ((binned.by_volume, by_volume), (binned.by_design, by_design)):
        unit = rows.volume if of_units is by_volume else rows.design
        found, expected = np.zeros((2, 3, len(bins), 256, 2))
        kernels.unit_histograms(bins, np.arange(len(bins)), of_units, found, 0)
        for column, own in enumerate(bins):
            for row in np.flatnonzero(seen):
                expected[slots[node[row]], column, own[unit[row]]] += residual[row] * weight[row], weight[row]
        np.testing.assert_allclose(found, expected, atol=1e-12)


def by_masks(columns, residual, weight, growth):
    """Output of one tree, row by row: every split of every column tried with masks of rows."""
    output = np.zeros(len(residual))

    def grow(inside, depth):
        total, heft = (residual * weight)[inside].sum(), weight[inside].sum()
        best, least_gain = None, kernels.LEAST_GAIN
        for column in columns if depth < growth.depth else ():
            gap = column == GAP
            for last in np.unique(column[inside & ~gap]):
                for with_gaps in (True, False) if (gap & inside).any() else (False,):
                    left = inside & ((column <= last) & ~gap | (gap & with_gaps))
                    sides = [((residual * weight)[side].sum(), weight[side].sum()) for side in (left, inside & ~left)]
                    if min(w for _, w in sides) < growth.least:
                        continue
                    gain = sum(r * r / (w + growth.penalty) for r, w in sides) - total**2 / (heft + growth.penalty)
                    if gain > least_gain + 1e-9:
                        best, least_gain = left, gain
        if best is None:
            output[inside] = growth.learning_rate * total / (heft + growth.penalty)
        else:
            grow(best, depth + 1)
            grow(inside & ~best, depth + 1)

    grow(np.ones(len(residual), bool), 0)
    return output


def test_a_tree_is_that_of_masks_of_rows_with_weights_gaps_and_physics_features(case):
    rows, y = case
    cuts = Cuts.of(rows)
    binned = BinnedRows.of(rows, cuts)
    weight = np.random.default_rng(0).uniform(0.2, 3, len(y))
    growth = Growth(
        depth=4,
        least=6.0,
        penalty=0.5,
        learning_rate=0.3,
        row_share=1.0,
        column_share=1.0,
    )
    tree, leaves = Grower(binned, cuts, weight, growth, seed=0).grown(y.astype(float))
    columns = [*binned.by_volume[:, rows.volume], *binned.by_design[:, rows.design], *binned.by_row]
    assert any((column == GAP).any() for column in columns)
    assert np.count_nonzero(tree.feature >= 0) > 8
    np.testing.assert_allclose(tree.value[leaves], by_masks(columns, y.astype(float), weight, growth), rtol=1e-9)


@pytest.mark.parametrize("physics", [True, False])
def test_equals_xgboost_where_nothing_is_drawn(case, physics):
    """On rows of training, where cuts between the same values part the same rows."""
    rows, y = case
    if not physics:
        rows = replace(rows, joined=None, columns=replace(rows.columns, joined=()))
    model = registry.create("factorised-boosting", **WHOLE, rounds_unvalidated=20, min_leaf=5, learning_rate=0.3)
    parameters = {"eta": 0.3, "max_depth": 3, "min_child_weight": 5, "reg_lambda": 0, "nthread": 1, "max_bin": 256}
    scaled = ((y - y.mean(dtype=float)) / y.std(dtype=float)).astype(np.float32)
    matrix = xgboost.DMatrix(rows.matrix(), scaled)
    peer = xgboost.train({**parameters, "tree_method": "hist", "base_score": 0.0}, matrix, 20)
    expected = y.mean(dtype=float) + y.std(dtype=float) * peer.predict(matrix)
    np.testing.assert_allclose(fit(model, rows, y).predict(rows).y, expected, atol=2e-5)


def test_a_physics_feature_of_the_design_alone_is_summed_as_a_scalar(case):
    rows, _ = case
    cuts = Cuts.of(rows)
    binned = BinnedRows.of(rows, cuts)
    growth = Growth(
        depth=2,
        least=1.0,
        penalty=0.0,
        learning_rate=0.1,
        row_share=1.0,
        column_share=1.0,
    )
    grower = Grower(binned, cuts, np.ones(len(rows)), growth, seed=0)
    names = rows.columns.names
    _, by_design, by_row = ([names[column] for column in source.columns] for source in grower.sources)
    assert by_row == ["product", "ratio"]
    assert by_design == [*rows.columns.designs, "of_design"]


def test_each_tree_sees_some_of_the_volumes_and_of_the_designs(case):
    rows, y = case
    cuts = Cuts.of(rows)
    growth = Growth(
        depth=1,
        least=1.0,
        penalty=0.0,
        learning_rate=0.1,
        row_share=0.5,
        column_share=1.0,
    )
    grower = Grower(BinnedRows.of(rows, cuts), cuts, np.ones(len(rows)), growth, seed=0)
    shares = [grower.grown(y.astype(float))[0].heft[0] / len(rows) for _ in range(40)]
    assert abs(np.mean(shares) - 0.5) < 0.05
    assert len(set(shares)) > 10


def test_stops_after_the_round_that_is_best_on_the_validation_part(make_case):
    case = make_case(volumes=40)
    train, y, valid, y_valid = case.parts()
    errors = []
    for rounds in range(1, 61):
        model = registry.create("factorised-boosting", **WHOLE, rounds_unvalidated=rounds, learning_rate=0.5)
        errors.append(np.mean((fit(model, train, y).predict(valid).y - y_valid) ** 2))
    model = replace(model, rounds=60, patience=60)
    known, held = TrainingData(train, y), TrainingData(valid, y_valid)
    found = model._boost(known, held, 60, FitContext())  # noqa: SLF001  the nested folds that call it would be other rows
    assert found.rounds == np.argmin(errors) + 1 < 60


def test_volumes_alone_and_designs_alone_are_learned():
    rng = np.random.default_rng(0)
    x = rng.random((400, 2), np.float32)
    places, none = np.arange(400, dtype=np.int32), np.zeros((0, 0), np.float32)
    y = x[:, 0] + (x[:, 1] > 0.5)
    model = registry.create("factorised-boosting")
    volumes = Rows(x, none, places, np.full(400, -1, np.int32), Columns(("a", "b")))
    designs = Rows(np.zeros((1, 0), np.float32), x, np.zeros(400, np.int32), places, Columns((), ("a", "b")))
    for rows in (volumes, designs):
        assert np.corrcoef(fit(model, rows, y).predict(rows).y, y)[0, 1] > 0.98


def test_many_distinct_values_share_bins_evenly():
    x = np.random.default_rng(0).lognormal(size=(3000, 1)).astype(np.float32)
    places = np.arange(3000, dtype=np.int32)
    rows = Rows(x, np.zeros((0, 0), np.float32), places, np.full(3000, -1, np.int32), Columns(("a",)))
    bins = BinnedRows.of(rows, Cuts.of(rows)).by_volume[0]
    counts = np.bincount(bins, minlength=256)
    assert counts[GAP] == 0
    assert set(counts[1:]) == {11, 12}


def test_what_cannot_be_fitted_is_refused(case):
    rows, y = case
    infinite = rows.descriptors.copy()
    infinite[rows.volume[0], 1] = np.inf
    with pytest.raises(ModelError, match=r"specific_surface.*infinite"):
        fit(registry.create("factorised-boosting"), replace(rows, descriptors=infinite), y)
    with pytest.raises(SettingsError, match="max_depth must be at most 7"):
        registry.create("factorised-boosting", max_depth=8)
