"""Fits on thin rows inside one training fold: what screening judges candidates by."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np

from ...array_types import Floats, Ints
from ...errors import PoregroveError
from ...models.base import Device, Model
from ...models.shared.values_only import values_of
from ..settings import ComparisonSettings, TuningSettings
from ..splits.nested import LARGEST_SHARE, validation_split
from ..splits.splits import Fold
from ..splits.thin import thinned, thinned_to
from ..tables.arrays import Data, Table
from ..tables.feature_sets import FeatureSources, feature_rows
from ..tables.run_tables import load_data
from .fit import FitProcedure, FitRows, fold_seed, known, learned
from .job import Catalog, InstalledModels
from .job_folds import regime_split

log = logging.getLogger(__name__)

THIN_ROWS = 8_000
"""Of a training fold as many rows of each volume are drawn as make about so many."""


@dataclass(frozen=True)
class ThinTask:
    """One model on one feature set inside one training fold of the first deal, for several targets."""

    run_dir: Path
    settings: ComparisonSettings
    feature_sources: FeatureSources
    catalog: Catalog
    device: Device
    regime: str
    fold: int
    model: str
    features: str
    targets: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ThinLoss:
    """Squared errors float64[n] of one target on the n held rows that know it, and how many rows were fitted."""

    error: Floats
    n_fit: int


def fit_thin(task: ThinTask) -> Mapping[str, ThinLoss]:
    """The losses of each target; one that cannot be fitted, or is not finite, is absent and so is never dropped."""
    data = load_data(task.run_dir)
    table = data.cells
    fold = next(islice(first_deal(task.regime, data, task.settings), task.fold, None))
    fit, held = thin_parts(fold, table, task.regime, task.settings)
    rows = feature_rows(task.features, table, data, task.feature_sources)
    seed, found = fold_seed(task.settings.seed, fold), {}
    model = judged(task.catalog, task.model)
    procedure = FitProcedure(model, table, task.regime, task.settings, task.device)
    shared: dict[bytes, tuple[FitRows, Ints]] = {}
    for target in task.targets:
        mask, y = known(table, target), learned(table, target)
        key = mask.tobytes()
        if key not in shared:
            shared[key] = FitRows.taken(rows, *procedure.split(fit[mask[fit]], seed)), held[mask[held]]
        fitted_on, tested = shared[key]
        if not len(tested):
            continue
        try:
            answer = values_of(procedure.fit(fitted_on, target, seed), rows.take(tested)).y
        except PoregroveError as error:
            log.debug("screening %s on %s, %s: %s", task.model, task.features, target, error)
            continue
        loss = (answer.astype(np.float64) - y[tested]) ** 2
        if np.isfinite(loss).all():
            found[target] = ThinLoss(loss, len(fitted_on))
    return found


def first_deal(regime: str, data: Data, settings: ComparisonSettings) -> Iterator[Fold]:
    """The folds of the first deal of a regime on the cell rows, made one by one; none where it has none."""
    return takewhile(lambda fold: fold.repeat == 0, regime_split(regime, data.cells, data, settings))


def thin_parts(fold: Fold, table: Table, regime: str, settings: ComparisonSettings) -> tuple[Ints, Ints]:
    """Positions of thin rows of a training fold: to fit on, and held back as the regime sets test rows apart.

    A third of the groups of each dimension is held back. Test rows of the fold are in neither part.
    """
    seed = fold_seed(settings.seed, fold)
    volume = table.volume[fold.train]
    most = settings.screening_designs
    thin = thinned_to(volume, THIN_ROWS, seed) if most is None else thinned(volume, most, seed)
    train = fold.train[thin]
    fit, held = validation_split(
        regime, table.volume_group[train], table.design_group[train], share=LARGEST_SHARE, seed=seed
    )
    return train[fit], train[held]


def judged(catalog: Catalog, name: str) -> Model:
    """A model for fits that are only judged: untuned, and with its usual rounds instead of rounds chosen by folds of its own."""
    untuned = replace(catalog, tuning=TuningSettings()) if isinstance(catalog, InstalledModels) else catalog
    model: Any = untuned.create(name)
    return replace(model, choose=False) if hasattr(model, "choose") else model  # type: ignore[no-any-return]
