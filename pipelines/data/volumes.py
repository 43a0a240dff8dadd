"""Inspection of every volume of a data set: readability, pore phase, duplicates."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import DataSetError, VolumeError
from ...features import canonical_digest, describe
from ...features.formats import holds_volume, read_scan
from ...features.voxels import spacing_in_words
from ...schema import VOLUMES
from ..execution.parallel import Progress, Workers
from ..settings import VolumeSettings
from .bits import BitStore
from .dataset import Dataset
from .inspection_cache import Answer, inspection_cache
from .overlaps import as_json, fingerprints, from_json, images
from .paths import other_spelling
from .phase import Levels, PoreConvention, infer_convention, levels_of, open_volume, outside_value, read_options
from .voxel_sizes import column_of, voxel_sizes

log = logging.getLogger(__name__)

PERCOLATES = "percolates_z"
_KEPT_CUBES = "kept_cubes"


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

    Files are read twice, since the convention of the set is known only after all have been seen once;
    once where the settings name the pore; not at all where they have not changed since they were last inspected, unless
    ``verify`` is set. ``bits`` keeps the volumes that are read for later readers. Missing and unreadable
    files get a row that says so; nothing is raised for them.
    """
    stated = rows.groupby("filename", sort=False)["porosity_raw"].first()
    names = [str(name) for name in stated.index]
    located = [_locate(name, dataset) for name in names]
    paths = [item.path for item in located if item.path is not None]
    shown = progress
    glances: dict[Path, Answer] = {}
    if settings.pore is None:  # otherwise nothing is to be found out
        cache = inspection_cache(f"levels {_read_as(settings)}", verify=verify)
        glance = partial(_glance, settings=settings)
        glances = dict(zip(paths, cache.map(glance, paths, workers=workers, progress=progress), strict=True))
        shown = None
    levels = [
        (_levels(glances[item.path]), given)
        for item, given in zip(located, stated, strict=True)
        if item.path in glances and "levels" in glances[item.path]
    ]
    phase = infer_convention([item for item, _ in levels], [given for _, given in levels], settings.pore)
    _say(phase)
    column = column_of(settings.voxel_size_from)
    if column is not None:
        phase = replace(phase, voxel_sizes=voxel_sizes(rows, column, dataset.resolve))
    readable = [path for path in paths if "reason" not in glances.get(path, {})]
    measured = _measure_all(readable, phase, settings, bits, verify=verify, workers=workers, progress=shown)
    crops = _same_images(measured) if settings.overlaps == "find" else {}
    records = [
        {
            "filename": name,
            "status": item.status,
            "reason": item.reason,
            "porosity_given": given,
            **({} if item.path is None else measured.get(item.path, glances.get(item.path, {}))),
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


def _read_as(settings: VolumeSettings) -> str:
    """The settings that decide what is read from a file."""
    return repr(sorted(asdict(settings).items()))


def _glance(path: Path, *, settings: VolumeSettings) -> Answer:
    try:
        levels = levels_of(read_scan(path, read_options(settings)).voxels, outside_value(settings))
    except VolumeError as error:
        return {"status": "unreadable", "reason": str(error)}
    return {"levels": asdict(levels)}


def _levels(glance: Answer) -> Levels:
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in glance["levels"].items()
    }
    return Levels(**kept)


def _measure_all(
    paths: Sequence[Path],
    phase: PoreConvention,
    settings: VolumeSettings,
    bits: BitStore | None,
    *,
    verify: bool,
    workers: Workers,
    progress: Progress | None,
) -> dict[Path, Answer]:
    """What each file holds under the convention of the set."""
    convention = (phase.rule, phase.lowest, phase.named, sorted(phase.voxel_sizes.items()))
    cache = inspection_cache(f"volume {_read_as(settings)} {convention}", verify=verify)
    measure = partial(_measure, phase=phase, settings=settings, bits=bits)
    return dict(zip(paths, cache.map(measure, paths, workers=workers, progress=progress), strict=True))


def _measure(path: Path, *, phase: PoreConvention, settings: VolumeSettings, bits: BitStore | None) -> Answer:
    try:
        volume = open_volume(path, phase, settings)
    except VolumeError as error:
        return {"status": "unreadable", "reason": str(error)}
    if bits is not None:
        bits.put(volume)
    return {
        "volume_digest": volume.digest,
        "canonical_digest": canonical_digest(volume.mask),
        "shape": "x".join(map(str, volume.mask.shape)),
        "pore_value": volume.pore,
        "threshold": volume.threshold,
        "porosity_voxels": float(volume.mask.mean()) / (1.0 if volume.sample is None else volume.sample.share),
        "spacing": None if volume.spacing is None else spacing_in_words(volume.spacing),
        "note": "; ".join(volume.notes) or None,
        "percolates": bool(describe(volume, columns=[PERCOLATES], device="cpu")[PERCOLATES]),
        _KEPT_CUBES: as_json(fingerprints(volume.mask)) if settings.overlaps == "find" else None,
    }


def _same_images(measured: Mapping[Path, Mapping[str, Any]]) -> dict[Path | None, Path]:
    """For each file that overlaps others the first of them; copies of a volume say nothing more than the volume."""
    distinct: dict[str, Path] = {}
    for path, item in measured.items():
        if _KEPT_CUBES in item:  # it could be read
            distinct.setdefault(item["volume_digest"], path)
    paths = list(distinct.values())
    first = images([from_json(measured[path][_KEPT_CUBES]) for path in paths])
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
