"""What inspecting and describing a volume takes, timed on a few volumes of the data set itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from ...errors import DataSetError, VolumeError
from ...features import warm_up
from ...features.cache import feature_cache
from ...features.cached import CachedDescriber
from ...features.declaration import ColumnInfo
from ..data.phase import open_volume
from ..data.volumes import VolumeInspection, inspect_volumes
from .span import Span
from .survey import Survey

MOST_VOLUMES = 4
"""Volumes that are timed ..."""
SECONDS = 20.0
"""... until so many processor seconds are spent on describing them."""
REMEMBERED = 0.25
"""A first look that takes less than this share of a second one, which reads the files, found its answers remembered."""


@dataclass(frozen=True)
class VolumeCosts:
    """Seconds a volume, of processors (of a device by the wall clock), and the shape of the volumes timed."""

    inspect: Span
    describe: Span
    n_timed: int
    n_cached: int
    """Of the timed volumes those whose descriptors are in the cache."""
    shape: str

    @property
    def left(self) -> float:
        """Share of the volumes that is not in the cache, as far as those that were timed tell."""
        return 1.0 - self.n_cached / max(1, self.n_timed)


def time_volumes(survey: Survey, columns: tuple[ColumnInfo, ...], backend: str) -> VolumeCosts:
    """Inspect and describe a few volumes, after the kernels are compiled; nothing of it is remembered.

    Raises DataSetError where none of them can be read.
    """
    names = list(dict.fromkeys(survey.sample["filename"].astype(str)))
    chosen = {names[number] for number in np.linspace(0, len(names) - 1, min(len(names), MOST_VOLUMES)).astype(int)}
    rows = survey.sample[survey.sample["filename"].astype(str).isin(chosen)]
    warm_up(columns=[column.name for column in columns], device=backend)
    began = time.process_time()
    look = _look(survey, rows, verify=False)
    first = time.process_time() - began
    if look.readable.empty:
        row = look.frame.iloc[0]
        raise DataSetError(
            f"{survey.dataset.data}: no plan without a volume that can be read: {row.filename}: {row.reason}"
        )
    began = time.process_time()
    _look(survey, rows, verify=True)
    again = time.process_time() - began
    inspect = (first if first < REMEMBERED * again else again) / len(look.frame)
    described = _describe(survey, look, columns, backend)
    cached = [feature_cache().get(digest, columns) for digest in look.readable["volume_digest"]]
    return VolumeCosts(
        Span.about(inspect, 1.3),
        Span.of(described).within(1.15),
        n_timed=len(cached),
        n_cached=sum(len(values) == len(columns) for values in cached),
        shape=str(look.readable["shape"].mode().iloc[0]),
    )


def _look(survey: Survey, rows: pd.DataFrame, *, verify: bool) -> VolumeInspection:
    return inspect_volumes(survey.dataset, rows, survey.settings.volume, verify=verify, workers=1)


def _describe(survey: Survey, look: VolumeInspection, columns: tuple[ColumnInfo, ...], backend: str) -> list[float]:
    """Seconds of each volume."""
    clock: Callable[[], float] = time.perf_counter if backend == "cuda" else time.process_time
    describer = CachedDescriber(columns, None, backend, 1)
    spent: list[float] = []
    for name in islice(look.readable["filename"], MOST_VOLUMES):
        if sum(spent) > SECONDS:
            break
        began = clock()
        try:
            describer.one(open_volume(survey.dataset.resolve(name), look.phase, survey.settings.volume))
        except VolumeError:  # it could be read a moment ago; the run itself will say so
            continue
        spent.append(clock() - began)
    return spent
