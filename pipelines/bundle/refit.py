"""Fitting the chosen models on all rows of their table, and writing each into its folder."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError, PoregroveError
from ...models.base import Columns, Device, Fitted, Model, Rows
from ...schema import TARGET_BY_NAME
from ..comparison.censoring import labels
from ..comparison.features import Sources, feature_rows
from ..comparison.folds import fold_regime
from ..comparison.inner import validation_split
from ..comparison.jobs import Catalog, Job
from ..comparison.runner import load_data, threads_worth
from ..comparison.scale import to_scale, usable
from ..comparison.splits import Ints
from ..comparison.tables import Table
from ..settings import ComparisonSettings
from .choice import Chosen

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refit:
    """Models of one kind on one feature set and one table, so that they share rows."""

    run_dir: Path
    folder: Path
    chosen: tuple[Chosen, ...]
    settings: ComparisonSettings
    made_from: Sources
    catalog: Catalog
    device: Device = "cpu"
    threads: int = 1


@dataclass(frozen=True)
class Refitted:
    """A model that was fitted and written, or the reason why it could not be."""

    chosen: Chosen
    columns: Columns
    n_rows: int
    reason: str | None = None


def refits(chosen: Iterable[Chosen]) -> list[tuple[Chosen, ...]]:
    """The chosen models in parts that share their rows and what a model makes of them."""
    parts: dict[tuple[str, str, bool], list[Chosen]] = {}
    for item in chosen:
        parts.setdefault((item.model, item.features, TARGET_BY_NAME[item.target].volume_only), []).append(item)
    return [tuple(part) for part in parts.values()]


def model_folder(chosen: Chosen) -> str:
    """Where a model lies in a bundle."""
    return f"models/{chosen.target}/{chosen.regime}/{chosen.model}/{chosen.features}"


def refit(task: Refit) -> tuple[Refitted, ...]:
    """Fit every model of a part and write it; one that fails says why instead."""
    first = task.chosen[0]
    data = load_data(task.run_dir)
    table = data.table(first.target)
    rows = feature_rows(first.features, table, data, task.made_from)
    part = _Part(task, task.catalog.create(first.model), table, rows)
    done = []
    for item in task.chosen:
        known = np.flatnonzero(usable(table.targets[item.target], TARGET_BY_NAME[item.target].scale))
        reason = None
        try:
            fitted = part.fit(item, known)
            folder = task.folder / model_folder(item)
            folder.mkdir(parents=True)
            fitted.save(folder)
        except PoregroveError as error:
            reason = str(error)
            log.warning("%s on %s, %s: not in the bundle: %s", item.model, item.target, item.features, error)
        done.append(Refitted(item, rows.columns, len(known), reason))
    return tuple(done)


@dataclass(eq=False)
class _Part:
    """One model on one feature set of one table."""

    task: Refit
    model: Model
    table: Table
    rows: Rows
    shared: dict[tuple[bytes, bytes], tuple[Rows, Rows | None]] = field(default_factory=dict)

    def fit(self, item: Chosen, known: NDArray[np.intp]) -> Fitted:
        """Fit one target on all rows that know it; some tell a model that wants it when to stop."""
        if not len(known):
            raise ModelError("no row has a value of the target")
        fit, valid = self._inner(item, known)
        key = fit.tobytes(), valid.tobytes()
        # Targets that are fitted on the same rows share them, and what a model makes of them.
        if key not in self.shared:
            self.shared[key] = self.rows.take(fit), self.rows.take(valid) if len(valid) else None
        train, held = self.shared[key]
        y = to_scale(self.table.targets[item.target], TARGET_BY_NAME[item.target].scale)
        target, y_valid, bounds = labels(self.model.info, item.target, self.table, y, fit=fit, valid=valid)
        return self.model.fit(
            train,
            target,
            held,
            y_valid,
            **bounds,
            seed=self.task.settings.seed,
            threads=threads_worth(len(fit), self.task.threads),
            device=self.task.device,
        )

    def _inner(self, item: Chosen, known: NDArray[np.intp]) -> tuple[Ints, Ints]:
        """Positions to fit on and to stop early by: new in the way of the regime that the model serves."""
        if not self.model.info.validates:
            return known, known[:0]
        fit, valid = validation_split(
            fold_regime(Job(item.target, item.model, item.features, item.regime)),
            self.table.volume_group[known],
            self.table.design_group[known],
            share=self.task.settings.validation_share,
            seed=self.task.settings.seed,
        )
        return known[fit], known[valid]
