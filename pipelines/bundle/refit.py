"""Fitting the chosen models on all rows of their table, and writing each into its folder."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError, PoregroveError
from ...models.base import Columns, Device, Fitted, Model, MultiModel, Rows
from ...schema import ALL_TARGETS, TARGET_BY_NAME
from ..extraction.voxel_store import packed_in
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..splits.nested import cuts_for, validation_split
from ..splits.splits import Ints
from ..tables.arrays import Table
from ..tables.feature_sets import Sources, feature_rows
from ..tables.target_scale import to_scale, usable
from ..training.censoring import labels
from ..training.fit_job import load_data, threads_worth
from ..training.job import Catalog, Job, spreads
from ..training.job_folds import fold_regime
from .select_models import Chosen

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

    @property
    def spreads(self) -> bool:
        """Whether it is to run where it is asked for, over all workers at once."""
        return spreads(self.catalog, self.chosen[0].model)


@dataclass(frozen=True)
class Refitted:
    """A model that was fitted and written, or the reason why it could not be."""

    chosen: Chosen
    columns: Columns
    n_rows: int
    folder: str
    reason: str | None = None
    output: int | None = None
    """Which of the targets that the model learned at once."""


def refits(chosen: Iterable[Chosen]) -> list[tuple[Chosen, ...]]:
    """The chosen models in parts that share their rows and what a model makes of them."""
    parts: dict[tuple[str, str, bool], list[Chosen]] = {}
    for item in chosen:
        parts.setdefault((item.model, item.features, TARGET_BY_NAME[item.target].volume_only), []).append(item)
    return [tuple(part) for part in parts.values()]


def model_folder(chosen: Chosen, *, shared: bool = False) -> str:
    """Where a model lies in a bundle; ``shared``: one that answers all targets of its table."""
    kind = "volumes" if TARGET_BY_NAME[chosen.target].volume_only else "cells"
    return f"models/{kind if shared else chosen.target}/{chosen.regime}/{chosen.model}/{chosen.features}"


def refit(task: Refit) -> tuple[Refitted, ...]:
    """Fit every model of a part and write it; one that fails says why instead."""
    first = task.chosen[0]
    data = load_data(task.run_dir)
    table = data.table(first.target)
    volumes = packed_in(RunFolder(task.run_dir).volumes)
    rows = feature_rows(first.features, table, data, task.made_from, volumes)
    part = _Part(task, task.catalog.create(first.model), table, rows)
    if part.model.info.multi:
        by_regime: dict[str, list[Chosen]] = {}
        for item in task.chosen:
            by_regime.setdefault(item.regime, []).append(item)
        return tuple(done for items in by_regime.values() for done in _at_once(part, items))
    done = []
    for item in task.chosen:
        known = np.flatnonzero(usable(table.targets[item.target], TARGET_BY_NAME[item.target].scale))
        folder, reason = model_folder(item), None
        try:
            _save(part.fit(item, known), task.folder / folder)
        except PoregroveError as error:
            reason = _left_out(item, error)
        done.append(Refitted(item, rows.columns, len(known), folder, reason))
    return tuple(done)


def _at_once(part: _Part, items: Sequence[Chosen]) -> list[Refitted]:
    """One fit on all targets of the table for the chosen ones of a regime, written once."""
    folder, reason = model_folder(items[0], shared=True), None
    outputs: dict[str, int] = {}
    try:
        fitted, outputs = part.fit_many(items[0])
        _save(fitted, part.task.folder / folder)
    except PoregroveError as error:
        reason = _left_out(items[0], error)
    counts = {item.target: int(part.known(item.target).sum()) for item in items}
    return [
        Refitted(item, part.rows.columns, counts[item.target], folder, reason, outputs.get(item.target))
        for item in items
    ]


def _save(fitted: Fitted, folder: Path) -> None:
    folder.mkdir(parents=True)
    fitted.save(folder)


def _left_out(item: Chosen, error: PoregroveError) -> str:
    log.warning("%s on %s, %s: not in the bundle: %s", item.model, item.target, item.features, error)
    return str(error)


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
        settings = self.task.settings
        regime = _regime(item)
        inner = cuts_for(self.model.info, train, self.table, regime=regime, settings=settings, seed=settings.seed)
        return self.model.fit(
            train,
            target,
            held,
            y_valid,
            **bounds,
            **inner,
            seed=settings.seed,
            threads=threads_worth(len(fit), self.task.threads),
            device=self.task.device,
        )

    def known(self, target: str) -> NDArray[np.bool_]:
        """Rows that have a value of a target."""
        return usable(self.table.targets[target], TARGET_BY_NAME[target].scale)

    def fit_many(self, item: Chosen) -> tuple[Fitted, dict[str, int]]:
        """Fit all targets that were compared, as the comparison does; and the place of each."""
        wanted = self.task.settings.targets or tuple(target.name for target in ALL_TARGETS)
        able = self.model.info.targets or self.table.targets.keys()
        names = [name for name in wanted if name in self.table.targets and name in able and self.known(name).any()]
        if not names:
            raise ModelError("no row has a value of a target")
        known = np.stack([self.known(name) for name in names], axis=1)
        targets = [to_scale(self.table.targets[name], TARGET_BY_NAME[name].scale) for name in names]
        y = np.where(known, np.stack(targets, axis=1), np.nan).astype(np.float32)
        fit, valid = self._inner(item, np.flatnonzero(known.any(axis=1)))
        fitted = cast("MultiModel", self.model).fit_many(
            self.rows.take(fit),
            y[fit],
            self.rows.take(valid) if len(valid) else None,
            y[valid] if len(valid) else None,
            target_weight=np.array([TARGET_BY_NAME[name].weight for name in names], np.float32),
            seed=self.task.settings.seed,
            threads=threads_worth(len(fit), self.task.threads),
            device=self.task.device,
        )
        return fitted, {name: number for number, name in enumerate(names)}

    def _inner(self, item: Chosen, known: NDArray[np.intp]) -> tuple[Ints, Ints]:
        """Positions to fit on and to stop early by: new in the way of the regime that the model serves."""
        if not self.model.info.validates:
            return known, known[:0]
        fit, valid = validation_split(
            _regime(item),
            self.table.volume_group[known],
            self.table.design_group[known],
            share=self.task.settings.validation_share,
            seed=self.task.settings.seed,
        )
        return known[fit], known[valid]


def _regime(item: Chosen) -> str:
    """The regime whose folds the model was compared on."""
    return fold_regime(Job(item.target, item.model, item.features, item.regime))
