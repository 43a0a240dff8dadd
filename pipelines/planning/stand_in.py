"""Tables of the full size before there are any: true volumes, designs and targets, stand-ins for descriptors.

Folds and fits are planned and timed on them. What a fit takes depends on how many columns there are, hardly on what is in
them; where descriptors are not computed yet, random numbers stand for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...array_types import Float64
from ..tables.arrays import Data, Table
from .survey import Survey


def stand_in_data(survey: Survey, columns: Sequence[str]) -> Data:
    """Tables with targets where the sample has them and NaN elsewhere, and random positive descriptors."""
    n, n_volumes = survey.n_rows, len(survey.filenames)
    rng = np.random.default_rng(0)
    cells = {name: _spread(survey, name) for name in survey.contract.cell_targets}
    volumes = {name: _by_volume(survey, name) for name in survey.contract.volume_targets}
    numbers = np.arange(n_volumes, dtype=np.int32)
    return Data(
        cells=_table(survey, np.arange(n, dtype=np.int32), survey.volume, survey.design, cells),
        distinct=_table(survey, n + numbers, numbers, np.full(n_volumes, -1, np.int32), volumes),
        volumes=pd.DataFrame(rng.uniform(0.2, 0.8, (n_volumes, len(columns))), columns=list(columns)),
        designs=survey.designs,
        generator=np.full(n_volumes, -1, np.int32),
    )


def _table(
    survey: Survey, row: np.ndarray, volume: np.ndarray, design: np.ndarray, targets: dict[str, Float64]
) -> Table:
    n = len(row)
    return Table(
        row=row,
        volume=volume,
        design=design,
        volume_group=volume,
        design_group=design,
        targets=targets,
        censored=np.zeros(n, bool),
        measured=np.zeros(n, bool),
        last_cycle=np.full(n, np.nan),
        contract=survey.contract,
    )


def _spread(survey: Survey, target: str) -> Float64:
    """float64[n]: a target of cells, known for the sample alone."""
    values = np.full(survey.n_rows, np.nan)
    failed = survey.sample["failed"].to_numpy(bool)
    values[survey.at] = survey.sample[target].mask(failed).to_numpy(np.float64)
    return values


def _by_volume(survey: Survey, target: str) -> Float64:
    """float64[V]: a target of volumes, known for those of the sample alone."""
    values = np.full(len(survey.filenames), np.nan)
    known = pd.Series(survey.sample[target].to_numpy(np.float64)).groupby(survey.volume[survey.at]).median()
    values[known.index.to_numpy()] = known.to_numpy()
    return values
