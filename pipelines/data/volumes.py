"""Inspection of every volume of a data set: readability, pore phase, duplicates."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...errors import DataSetError
from ...features.formats import holds_volume
from ...schema import VOLUMES
from ..execution.parallel import Progress, Workers
from ..settings import VolumeSettings
from .bits import BitStore
from .dataset import Dataset
from .inspection_cache import Answer
from .look import KEPT_CUBES, VOLUME, Glance, Look, levels_in
from .overlaps import from_json, images
from .paths import other_spelling
from .phase import Levels, PoreConvention, infer_convention
from .voxel_sizes import columns_of, voxel_sizes

log = logging.getLogger(__name__)

_FIRST_ASKED = 8
"""Volumes that are read for their levels before all are looked at."""


@dataclass(frozen=True)
class VolumeInspection:
    """Result of inspecting the volumes of a data set: a frame of schema.VOLUMES and the convention."""

    frame: pd.DataFrame
    phase: PoreConvention

    @property
    def readable(self) -> pd.DataFrame:
        """The volumes that can be used."""
        return self.frame[self.frame["status"] == "ok"]


@dataclass(frozen=True)
class _Located:
    """A name of the data set and the file that it names, or the status and reason where there is none."""

    path: Path | None = None
    status: str = "ok"
    reason: str | None = None


def inspect_volumes(
    dataset: Dataset,
    rows: pd.DataFrame,
    settings: VolumeSettings,
    *,
    bits: BitStore | None = None,
    verify: bool = False,
    workers: Workers = None,
    progress: Progress | None = None,
) -> VolumeInspection:
    """Inspect each distinct file named by ``rows`` (columns filename, porosity_raw).

    Each file is read once, under the convention that a few of them show; again only where all of them show another. Files
    that have not changed since they were last inspected are not read at all, unless ``verify`` is set. ``bits`` keeps
    the volumes that are read for later readers. Missing and unreadable files get a row that says so; nothing is raised
    for them.
    """
    stated = rows.groupby("filename", sort=False)["porosity_raw"].first()
    names = [str(name) for name in stated.index]
    located = [_locate(name, dataset) for name in names]
    given = {item.path: float(value) for item, value in zip(located, stated, strict=True) if item.path is not None}
    sizes = columns_of(settings.voxel_size_from)
    by_path = voxel_sizes(rows, sizes, dataset.resolve) if sizes else {}

    def looked(phase: PoreConvention) -> Mapping[Path, Answer]:
        look = Look(replace(phase, voxel_sizes=by_path), settings, bits)
        cache = look.cache(verify=verify)
        found = cache.map(look, list(given), what="volumes", workers=workers, progress=progress)
        return dict(zip(given, found, strict=True))

    first = _first_opinion(given, settings, verify=verify)
    found = looked(first)
    phase = _convention({path: levels_in(answer) for path, answer in found.items()}, given, settings)
    _say(phase)
    if not phase.same_as(first):
        log.info("pore phase after all volumes: looking at them again")
        found = looked(phase)
    phase = replace(phase, voxel_sizes=by_path)
    measured = {path: answer[VOLUME] for path, answer in found.items() if VOLUME in answer}
    crops = _same_images(measured) if settings.overlaps == "find" else {}
    records = [
        {
            "filename": name,
            "status": item.status,
            "reason": item.reason,
            "porosity_given": given,
            **({} if item.path is None else measured.get(item.path, found[item.path])),
        }
        for name, given, item in zip(names, stated, located, strict=True)
    ]
    # a volume that is missing or cannot be read has no path here, and so no image in common with another
    named = {item.path: name for name, item in zip(names, located, strict=True) if item.path is not None}
    for record, item in zip(records, located, strict=True):
        if item.path in crops:
            record["same_image_as"] = named[crops[item.path]]
    return VolumeInspection(_frame(records), phase)


def _locate(name: str, dataset: Dataset) -> _Located:
    try:
        path = dataset.resolve(name)
    except DataSetError as error:
        return _Located(status="unreadable", reason=str(error))
    if not holds_volume(path):
        return _Located(status="missing", reason=f"no file {path}{other_spelling(dataset.images, name)}")
    return _Located(path)


def _first_opinion(given: Mapping[Path, float], settings: VolumeSettings, *, verify: bool) -> PoreConvention:
    """The convention that a few volumes show, evenly spread over the set."""
    paths = list(given)
    if settings.pore is not None or not paths:
        return infer_convention([], [], settings.pore)
    picked = [paths[place] for place in np.unique(np.linspace(0, len(paths) - 1, _FIRST_ASKED).astype(int))]
    glance = Glance(settings)
    answers = glance.cache(verify=verify).map(glance, picked, workers=1)
    return _convention(dict(zip(picked, map(levels_in, answers), strict=True)), given, settings)


def _convention(
    levels: Mapping[Path, Levels | None], given: Mapping[Path, float], settings: VolumeSettings
) -> PoreConvention:
    known = {path: item for path, item in levels.items() if item is not None}
    return infer_convention(list(known.values()), [given[path] for path in known], settings.pore)


def _same_images(measured: Mapping[Path, Mapping[str, Any]]) -> dict[Path | None, Path]:
    """For each file that overlaps others the first of them; copies of a volume say nothing more than the volume."""
    distinct: dict[str, Path] = {}
    for path, item in measured.items():
        distinct.setdefault(item["volume_digest"], path)
    paths = list(distinct.values())
    first = images([from_json(measured[path][KEPT_CUBES]) for path in paths])
    return {path: paths[number] for path, number in zip(paths, first, strict=True) if paths[number] != path}


def _frame(records: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(records).reindex(columns=list(VOLUMES.names))
    text = [field.name for field in VOLUMES.fields if field.kind == "string"]
    numbers = [field.name for field in VOLUMES.fields if field.kind == "float64"]
    kinds = {**dict.fromkeys(text, "str"), **dict.fromkeys(numbers, "float64"), "percolates": "boolean"}
    return frame.astype(kinds)


def _say(phase: PoreConvention) -> None:
    if phase.rule == "assumed" or (phase.rule == "named" and not phase.compared):
        log.info("pore phase: %s", "as named" if phase.rule == "named" else "nonzero labels, darker grey (assumed)")
        return
    if phase.rule == "named":
        labels = ", ".join(f"{value:g}" for value in phase.named)
        log.info("pore phase: %s, mean porosity error %.4f over %d volumes", labels, phase.error, phase.compared)
        return
    log.info(
        "pore phase: the %s of two values, mean porosity error %.4f (%s the other way round) over %d volumes",
        phase.rule,
        phase.error,
        "unknown" if math.isnan(phase.error_otherwise) else f"{phase.error_otherwise:.4f}",
        phase.compared,
    )
