"""Fitting the chosen models on all rows of their table, and writing each into its folder."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import ModelError, PoregroveError
from ...models.base import Columns, Device, Fitted, Model, Rows
from ...schema import BUILT_IN, Contract
from ..extraction.voxel_store import packed_in
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..tables.arrays import Table
from ..tables.feature_sets import FeatureSources, feature_rows
from ..tables.run_tables import load_data
from ..training.fit import FitProcedure, FitRows, known
from ..training.job import Catalog, Job, uses_whole_cluster
from ..training.job_folds import fold_regime
from .select_models import SelectedModel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refit:
    """Models of one kind on one feature set and one table, so that they share rows."""

    run_dir: Path
    folder: Path
    chosen: tuple[SelectedModel, ...]
    settings: ComparisonSettings
    feature_sources: FeatureSources
    catalog: Catalog
    device: Device = "cpu"
    threads: int = 1

    @property
    def uses_whole_cluster(self) -> bool:
        """Whether it is to run where it is asked for, over all workers at once."""
        return uses_whole_cluster(self.catalog, self.chosen[0].model)


@dataclass(frozen=True)
class Refitted:
    """A model that was fitted and written, or the reason why it could not be."""

    chosen: SelectedModel
    columns: Columns
    n_rows: int
    folder: str
    reason: str | None = None
    output: int | None = None
    """Position among the targets that the model learned at once."""


def refits(chosen: Iterable[SelectedModel], contract: Contract = BUILT_IN) -> list[tuple[SelectedModel, ...]]:
    """The chosen models in parts that share their rows and the objects prepared from them."""
    parts: dict[tuple[str, str, bool], list[SelectedModel]] = {}
    for item in chosen:
        parts.setdefault((item.model, item.features, contract.volume_only(item.target)), []).append(item)
    return [tuple(part) for part in parts.values()]


def model_folder(chosen: SelectedModel, contract: Contract = BUILT_IN, *, shared: bool = False) -> str:
    """Folder of a model in a bundle; ``shared``: one that predicts all targets of its table."""
    kind = "volumes" if shared and contract.volume_only(chosen.target) else "cells"
    return f"models/{kind if shared else chosen.target}/{chosen.regime}/{chosen.model}/{chosen.features}"


def refit(task: Refit) -> tuple[Refitted, ...]:
    """Fit every model of a part and write it; one that fails says why instead."""
    first = task.chosen[0]
    data = load_data(task.run_dir)
    table = data.table(first.target)
    volumes = packed_in(RunFolder(task.run_dir).volumes)
    rows = feature_rows(first.features, table, data, task.feature_sources, volumes)
    part = _Part(task, task.catalog.create(first.model), table, rows)
    if part.model.info.multi_target:
        by_regime: dict[str, list[SelectedModel]] = {}
        for item in task.chosen:
            by_regime.setdefault(item.regime, []).append(item)
        return tuple(done for items in by_regime.values() for done in _fit_all_targets(part, items))
    done = []
    for item in task.chosen:
        folder, reason = model_folder(item), None
        try:
            _save(part.fit(item), task.folder / folder)
        except PoregroveError as error:
            reason = _left_out(item, error)
        done.append(Refitted(item, rows.columns, int(known(table, item.target).sum()), folder, reason))
    return tuple(done)


def _fit_all_targets(part: _Part, items: Sequence[SelectedModel]) -> list[Refitted]:
    """One fit on all targets of the table for the chosen ones of a regime, written once."""
    folder, reason = model_folder(items[0], part.table.contract, shared=True), None
    outputs: dict[str, int] = {}
    try:
        fitted, outputs = part.fit_all(items[0])
        _save(fitted, part.task.folder / folder)
    except PoregroveError as error:
        reason = _left_out(items[0], error)
    counts = {item.target: int(known(part.table, item.target).sum()) for item in items}
    return [
        Refitted(item, part.rows.columns, counts[item.target], folder, reason, outputs.get(item.target))
        for item in items
    ]


def _save(fitted: Fitted, folder: Path) -> None:
    folder.mkdir(parents=True)
    try:
        fitted.save(folder)
    except PoregroveError:
        shutil.rmtree(folder)
        raise


def _left_out(item: SelectedModel, error: PoregroveError) -> str:
    log.warning("%s on %s, %s: not in the bundle: %s", item.model, item.target, item.features, error)
    return str(error)


@dataclass(eq=False)
class _Part:
    """One model on one feature set of one table."""

    task: Refit
    model: Model
    table: Table
    rows: Rows
    shared: dict[tuple[bytes, bytes], FitRows] = field(default_factory=dict)

    def fit(self, item: SelectedModel) -> Fitted:
        """Fit one target on all rows that know it; a model that stops early does so by some of them."""
        at = np.flatnonzero(known(self.table, item.target))
        if not len(at):
            raise ModelError("no row has a value of the target")
        procedure, seed = self._procedure(item), self.task.settings.seed
        parts = procedure.split(at, seed)
        fit, valid, _ = parts
        key = fit.tobytes(), valid.tobytes()
        # Targets that are fitted on the same rows share them, and what a model makes of them.
        if key not in self.shared:
            self.shared[key] = FitRows.taken(self.rows, *parts)
        return procedure.fit(self.shared[key], item.target, seed)

    def fit_all(self, item: SelectedModel) -> tuple[Fitted, dict[str, int]]:
        """Fit all targets that were compared, as the comparison does; and the place of each."""
        wanted = self.task.settings.targets or tuple(self.table.contract.by_name)
        able = self.model.info.targets or self.table.targets.keys()
        names = [name for name in wanted if name in self.table.targets and name in able]
        names = [name for name in names if known(self.table, name).any()]
        if not names:
            raise ModelError("no row has a value of a target")
        at = np.flatnonzero(np.logical_or.reduce([known(self.table, name) for name in names]))
        procedure, seed = self._procedure(item), self.task.settings.seed
        fitted = procedure.fit_all(FitRows.taken(self.rows, *procedure.split(at, seed)), names, seed)
        return fitted, {name: number for number, name in enumerate(names)}

    def _procedure(self, item: SelectedModel) -> FitProcedure:
        """The fit procedure of the comparison, under the regime that the model serves."""
        task, job = self.task, Job(item.target, item.model, item.features, item.regime)
        return FitProcedure(
            self.model, self.table, fold_regime(job, self.table.contract), task.settings, task.device, task.threads
        )
