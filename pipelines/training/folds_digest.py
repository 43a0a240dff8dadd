"""A short digest of the folds of a comparison and of the data that they part."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...schema import MAIN_REGIMES
from ..settings import ComparisonSettings
from ..tables.arrays import Data, Table
from .job_folds import regime_split

DIGITS = 16
"""Hexadecimal digits that are kept: 64 bits."""


def folds_digest(data: Data, settings: ComparisonSettings) -> str:
    """A digest that is the same only where rows, volumes, designs, targets and folds are.

    It does not depend on which regimes, repeats and targets were asked for, so that predictions of a part of
    the folds still belong to the whole: the folds of the main regimes in their first repeat stand for all, which
    follow from them by the seed.
    """
    state = hashlib.sha256(f"folds {settings.folds} seed {settings.seed}".encode())
    for table in (data.cells, data.distinct):
        for array in _arrays(table, data):
            state.update(np.ascontiguousarray(array).tobytes())
        for regime in MAIN_REGIMES:
            found = regime_split(regime, table, data, settings)
            state.update(f"{regime} {found.status.reason}".encode())
            for repeat in found.repeats[:1]:
                state.update(np.stack(repeat.labels).astype("<i2").tobytes())
    return state.hexdigest()[:DIGITS]


def _arrays(table: Table, data: Data) -> list[NDArray[np.generic]]:
    """Contents of a table, as arrays whose bytes are the same on every machine."""
    rows: list[NDArray[np.generic]] = [table.row.astype("<i4")]
    rows += [_coded(data.volumes.index, table.volume), _coded(data.designs.index, table.design)]
    for values in table.targets.values():
        rows.append(np.where(np.isnan(values), np.nan, values).astype("<f8"))
    return rows


def _coded(digests: pd.Index, position: NDArray[np.int32]) -> NDArray[np.uint8]:
    """The digests at ``position``: each distinct one once, in order of appearance, then a number a row."""
    code, places = pd.factorize(position)
    named = "\n".join(str(digests[int(place)]) if place >= 0 else "" for place in places)
    return np.frombuffer(named.encode() + code.astype("<i4").tobytes(), np.uint8)
