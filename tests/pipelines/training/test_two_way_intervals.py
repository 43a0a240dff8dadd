"""Intervals under new-both: what they cover, and how wide they are beside the errors that they are about.

Nothing is guaranteed where volumes and designs are new at once, so it is simulated: crossed sets of five laws, whose
hidden part belongs to designs, to volumes, to both or to rows, and a linear model that misses all of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from synthetic_world import FittedFunction

from poregrove.models.base import Columns, ModelInfo, Rows
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.splits.splits import split
from poregrove.pipelines.tables.arrays import Table
from poregrove.pipelines.training.conformal_fits import Calibrator
from poregrove.pipelines.training.fit import FitProcedure, FitRows, fold_seed

log = logging.getLogger(__name__)

TARGET = "nominal_capacity"
HIDDEN = {
    "designs": (0.3, 1.0, 0.3, 0.2),
    "volumes": (1.0, 0.3, 0.3, 0.2),
    "both": (0.5, 0.5, 0.5, 0.3),
    "rows": (0.1, 0.1, 0.1, 0.8),
    "products": (0.0, 0.0, 0.0, 0.1),
}
"""Deviations of what no column tells: effects of volumes, of designs, of both together, and noise."""


@dataclass(frozen=True)
class Ridge:
    """Linear in the standardised columns, with a fixed penalty."""

    info: ClassVar[ModelInfo] = ModelInfo("ridge", "r", "linear", "r", ("scalars",))
    fitted: ClassVar[type] = FittedFunction

    def fit(self, train, _valid, _context):
        x = train.rows.matrix().astype(float)
        centre, scale, mean = x.mean(axis=0), x.std(axis=0) + 1e-9, train.y.mean()
        z = (x - centre) / scale
        weights = np.linalg.solve(z.T @ z + 0.03 * len(z) * np.eye(z.shape[1]), z.T @ (train.y - mean))
        return FittedValue(lambda rows: (rows.matrix() - centre) / scale @ weights + mean)


class FittedValue(FittedFunction):
    """Without bounds of its own."""

    def predict(self, rows):
        answer = super().predict(rows)
        return type(answer)(answer.y)


def crossed_set(n_volumes, n_designs, law, seed):
    """Six columns of volumes and ten of designs, with ever smaller effects, and the hidden part of the law."""
    rng = np.random.default_rng([seed, n_volumes])
    of_volumes, of_designs = rng.normal(size=(n_volumes, 6)), rng.normal(size=(n_designs, 10))
    v, d = (index.ravel().astype(np.int32) for index in np.indices((n_volumes, n_designs)))
    a, b = of_volumes[v], of_designs[d]
    y = a @ (rng.normal(size=6) / np.arange(1, 7)) + b @ (rng.normal(size=10) / np.arange(1, 11))
    if law == "products":
        y += 0.5 * a[:, 0] * b[:, 0] + 0.5 * b[:, 0] * b[:, 1] + 0.5 * np.maximum(0, a[:, 0] + b[:, 0])
    parts = (rng.normal(size=n_volumes)[v], rng.normal(size=n_designs)[d], *rng.normal(size=(2, len(v))))
    y = y + sum(share * part for share, part in zip(HIDDEN[law], parts, strict=True))
    columns = Columns(tuple(f"v{i}" for i in range(6)), tuple(f"d{i}" for i in range(10)))
    rows = Rows(of_volumes.astype(np.float32), of_designs.astype(np.float32), v, d, columns)
    nothing = np.full(len(v), np.nan)
    seen = np.ones(len(v), bool)
    return rows, Table(np.arange(len(v)), v, d, v, d, {TARGET: y}, ~seen, seen, nothing)


def coverage_and_width(rows, table, folds):
    """(share inside, mean half width over the .9 quantile of the absolute out-of-fold residuals)."""
    settings = ComparisonSettings()
    procedure = FitProcedure(Ridge(), table, "new-both", settings)
    inside, half, residuals = [], [], []
    for fold in folds:
        seed = fold_seed(0, fold)
        fitted = procedure.fit(FitRows.taken(rows, *procedure.split(fold.train, seed)), TARGET, seed)
        answer = fitted.predict(rows.take(fold.test)).y
        found = Calibrator(procedure, rows, fold, seed).intervals(TARGET)
        assert found.reason is None
        y, lo, hi = table.targets[TARGET][fold.test], np.minimum(found.lo, answer), np.maximum(found.hi, answer)
        inside.append((lo <= y) & (y <= hi))
        half.append((hi - lo) / 2)
        residuals.append(np.abs(y - answer))
    return np.concatenate(inside).mean(), np.concatenate(half).mean() / np.quantile(np.concatenate(residuals), 0.9)


def simulated(n_volumes, n_designs, sets, numbers):
    """Mean coverage and width over the laws and ``sets`` sets of each, on the folds of these numbers."""
    found = []
    for law in HIDDEN:
        for seed in range(sets):
            rows, table = crossed_set(n_volumes, n_designs, law, seed)
            folds = [fold for fold in split("new-both", table.volume, table.design, repeats=1) if fold.fold in numbers]
            found.append(coverage_and_width(rows, table, folds))
    mean = np.mean(found, axis=0)
    log.info("%d x %d: coverage %.3f, half width over the quantile %.2f", n_volumes, n_designs, *mean)
    return mean


def test_intervals_cover_without_being_wide():
    """Three sets of each law on the diagonal folds, where every group is tested once."""
    coverage, width = simulated(60, 36, 3, (0, 4, 8))
    assert 0.87 <= coverage <= 0.96
    assert width <= 1.3


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("n_volumes", "n_designs"), [(60, 36), (100, 67), (200, 40)])
def test_intervals_cover_without_being_wide_in_the_long_run(n_volumes, n_designs):
    """Twenty sets of each law on all nine folds."""
    coverage, width = simulated(n_volumes, n_designs, 20, range(9))
    assert 0.88 <= coverage <= 0.95
    assert width <= 1.3


def test_eight_designs_have_none_and_say_so():
    rows, table = crossed_set(30, 12, "rows", 0)
    fold = next(iter(split("new-both", table.volume, table.design, repeats=1)))
    procedure = FitProcedure(Ridge(), table, "new-both", ComparisonSettings())
    found = Calibrator(procedure, rows, fold, 0).intervals(TARGET)
    assert len(np.unique(table.design[fold.train])) == 8
    assert found.reason == "too_few_groups"
    assert np.isnan([found.lo, found.hi]).all()
