"""A data set that was looked at, and costs of models that are known, without timing anything."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.features.description import wanted_columns
from poregrove.models.registry import available
from poregrove.pipelines.data.dataset import Dataset
from poregrove.pipelines.planning.estimate import Estimator
from poregrove.pipelines.planning.fit_costs import FitCost, TimedModels
from poregrove.pipelines.planning.span import Span
from poregrove.pipelines.planning.stand_in import stand_in_data
from poregrove.pipelines.planning.survey import Survey
from poregrove.pipelines.planning.volume_costs import VolumeCosts
from poregrove.pipelines.planning.workload import Workload, known_shares
from poregrove.pipelines.settings import ComparisonSettings, Settings
from poregrove.pipelines.tables.feature_sets import sources
from poregrove.pipelines.training.growth import growth_of
from poregrove.schema import ALL_TARGETS, BUILT_IN, SCALARS

SECONDS = {"mean": 0.001, "ridge": 0.2, "elastic-net": 1.0, "xgboost": 5.0, "lightgbm": 8.0, "blend": 20.0}
"""Seconds of a fit of a thousand rows; more take more in proportion."""


@dataclass(frozen=True)
class Known:
    """An estimator whose costs are known, and the settings that it is for."""

    estimator: Estimator
    settings: Settings
    models: dict
    weights: dict


def surveyed(n_volumes=40, n_designs=30):
    """A complete crossing of which every row was read."""
    volume, design = np.divmod(np.arange(n_volumes * n_designs), n_designs)
    rng = np.random.default_rng(0)
    sample = pd.DataFrame({target.name: rng.normal(size=len(volume)) for target in ALL_TARGETS})
    for target in (target.name for target in ALL_TARGETS if target.volume_only):
        sample[target] = rng.normal(size=n_volumes)[volume]
    return Survey(
        Dataset(Path("data"), Path("images"), (), {}),
        Settings(),
        BUILT_IN,
        tuple(f"{number}.tif" for number in range(n_volumes)),
        volume.astype(np.int32),
        design.astype(np.int32),
        pd.DataFrame({scalar.name: rng.uniform(1, 2, n_designs) for scalar in SCALARS}),
        sample.assign(failed=False, filename=[f"{number}.tif" for number in volume]),
        np.arange(len(volume)),
        4e-5,
    )


def linear(seconds):
    rows = [10, 100, 1_000, 10_000]
    growth = growth_of(rows, [seconds * n / 1_000 for n in rows])
    return FitCost(1_000, 150, seconds, 0.0, growth, 1.0, 1e-6)


@pytest.fixture(scope="session")
def known():
    seen, settings = surveyed(), Settings(comparison=ComparisonSettings(models=tuple(SECONDS)))
    columns = wanted_columns(settings.comparison.tiers, None)
    data = stand_in_data(seen, [column.name for column in columns])
    tiers = {column.name: column.tier for column in columns}
    workload = Workload(
        data, available(), sources(settings.comparison, tiers, metres=False), known_shares(data, seen.n_rows)
    )
    estimator = Estimator(
        workload,
        TimedModels({name: linear(seconds) for name, seconds in SECONDS.items()}),
        VolumeCosts(Span(0.1, 0.1, 0.1), Span(1.0, 0.9, 1.2), 4, 0, "128x128x128"),
        seen.seconds_a_row,
        seen.n_rows,
        len(seen.filenames),
        len(columns),
        20,
        workers=2,
    )
    weights = {target.name: target.weight for target in ALL_TARGETS}
    return Known(estimator, settings, {info.name: info for info in available()}, weights)
