"""The folds of a job: its regime on its table, as one call that every part of the comparison shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...models.base import ModelInfo
from ...schema import BUILT_IN, Contract
from ..settings import ComparisonSettings
from ..splits.deals import deals
from ..splits.same_regimes import same_as
from ..splits.splits import Fold, Split, mean_training_rows, split, subsample_training, unsplit
from ..tables.arrays import Data, Table
from .job import Job
from .size_rules import is_large, rows_of

FoldId: TypeAlias = "tuple[int, int]"
"""A fold of a job: (repeat, fold)."""
EXTREMES = {"ood-porosity": ("porosity", "porosity"), "ood-tau": ("tau_factor", "tortuosity_factor_z")}
"""Property by which the ``ood`` regimes order volumes: the data set's own value, else the descriptor."""


def fold_regime(job: Job, contract: Contract = BUILT_IN) -> str:
    """The regime whose folds a job uses: what depends on the volume alone is new to ``new-both`` as to ``new-structure``."""
    return "new-structure" if contract.volume_only(job.target) and job.regime == "new-both" else job.regime


def regime_split(regime: str, table: Table, data: Data, settings: ComparisonSettings) -> Split:
    """The folds of a regime over all rows of a table, the same for every target, model and feature set.

    A regime that means the same as another one that is compared has none, and says so.
    """
    same = same_as(regime, table.volume_group, table.design_group, settings.regimes)
    if same is not None:
        return Split(unsplit(regime, table.volume_group, table.design_group, f"same as {same[0]} here: {same[1]}"))
    return split(
        regime,
        table.volume_group,
        table.design_group,
        folds=settings.folds,
        repeats=deals(
            regime,
            table.volume_group,
            table.design_group,
            settings.repeats,
            large=is_large(settings, rows_of(data)),
        ),
        seed=settings.seed,
        extremes=_extremes(regime, table, data),
        origin=data.generator[table.volume],
    )


def repeats_of(info: ModelInfo, settings: ComparisonSettings) -> int | None:
    """Most repeats that a model is fitted in; None: all that there are."""
    return settings.network_repeats if info.kind == "network" else None


def job_folds(
    job: Job, data: Data, settings: ComparisonSettings, *, most_repeats: int | None = None
) -> tuple[Iterable[Fold], str | None]:
    """The folds of a job, of so many repeats at most, or none and the reason why it has none."""
    if data.contract.volume_only(job.target) and job.regime in ("random", "new-design"):
        return (), "the target depends on the volume alone: only unseen volumes can test it"
    table = data.table(job.target)
    if not len(table):
        return (), "no row has a target"
    folds = regime_split(fold_regime(job, data.contract), table, data, settings)
    if not folds.status.defined:
        return (), folds.status.reason
    if most_repeats is not None:
        folds = replace(folds, repeats=folds.repeats[:most_repeats])
    if job.variant == "as-is":
        return folds, None
    both = regime_split("new-both", table, data, settings)
    if not both.status.defined:
        return (), f"new-both has no size to cut down to: {both.status.reason}"
    return subsample_training(iter(folds), mean_training_rows(both), settings.seed), None


def _extremes(regime: str, table: Table, data: Data) -> NDArray[np.float64] | None:
    """float64[n]: the value by which an ``ood`` regime orders the volumes of the rows."""
    if regime not in EXTREMES:
        return None
    target, descriptor = EXTREMES[regime]
    values = np.full(len(data.volumes), np.nan)
    if target in data.distinct.targets:
        values[data.distinct.volume] = data.distinct.targets[target]
    if not np.isfinite(values).any() and descriptor in data.volumes:
        values = data.volumes[descriptor].to_numpy(np.float64)
    return values[table.volume]
