"""Inspection of every volume of a data set: readability, pore phase, duplicates."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import DataSetError, VolumeError
from ...features import canonical_digest, describe
from ...features.formats import holds_volume, read_scan
from ...features.voxels import spacing_in_words
from ...schema import VOLUMES
from ..execution.parallel import Progress, Workers, parallel_map
from ..settings import VolumeSettings
from .bits import BitStore
from .dataset import Dataset
from .overlaps import fingerprints, images
from .paths import other_spelling
from .phase import Levels, PoreConvention, infer_convention, levels_of, open_volume, outside_value, read_options
from .voxel_sizes import columns_of, voxel_sizes

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
class _Glance:
    status: str
    reason: str | None
    path: Path | None = None
    levels: Levels | None = None


def inspect_volumes(
    dataset: Dataset,
    rows: pd.DataFrame,
    settings: VolumeSettings,
    *,
    bits: BitStore | None = None,
    workers: Workers = None,
    progress: Progress | None = None,
) -> VolumeInspection:
    """Inspect each distinct file named by ``rows`` (columns filename, porosity_raw).

    Files are read twice, since the convention of the set is known only after all have been seen once;
    once where the settings name the pore. ``bits`` keeps the volumes for later readers. Missing and unreadable
    files get a row that says so; nothing is raised for them.
    """
    stated = rows.groupby("filename", sort=False)["porosity_raw"].first()
    names = [str(name) for name in stated.index]
    first = partial(_glance, dataset=dataset, settings=settings)
    if settings.pore is None:
        glances = parallel_map(first, names, workers=workers, progress=progress)
    else:  # nothing is to be found out, so nothing is read
        glances = [first(name) for name in names]
    levels = [(item.levels, given) for item, given in zip(glances, stated, strict=True) if item.levels is not None]
    phase = infer_convention([item for item, _ in levels], [given for _, given in levels], settings.pore)
    _say(phase)
    if columns := columns_of(settings.voxel_size_from):
        phase = replace(phase, voxel_sizes=voxel_sizes(rows, columns, dataset.resolve))
    paths = [item.path for item in glances if item.path is not None]
    measure = partial(_measure, phase=phase, settings=settings, bits=bits)
    shown = progress if settings.pore is not None else None
    measured = dict(zip(paths, parallel_map(measure, paths, workers=workers, progress=shown), strict=True))
    crops = _same_images(measured) if settings.overlaps == "find" else {}
    records = [
        {
            "filename": name,
            "status": glance.status,
            "reason": glance.reason,
            "porosity_given": given,
            **(measured[glance.path] if glance.path is not None else {}),
        }
        for name, given, glance in zip(names, stated, glances, strict=True)
    ]
    # a volume that is missing or cannot be read has no path here, and so no image in common with another
    named = {glance.path: name for name, glance in zip(names, glances, strict=True) if glance.path is not None}
    for record, glance in zip(records, glances, strict=True):
        if glance.path in crops:
            record["same_image_as"] = named[crops[glance.path]]
    return VolumeInspection(_frame(records), phase)


def _glance(name: str, *, dataset: Dataset, settings: VolumeSettings) -> _Glance:
    try:
        path = dataset.resolve(name)
    except DataSetError as error:
        return _Glance("unreadable", str(error))
    if not holds_volume(path):
        return _Glance("missing", f"no file {path}{other_spelling(dataset.images, name)}")
    if settings.pore is not None:
        return _Glance("ok", None, path)
    try:
        levels = levels_of(read_scan(path, read_options(settings)).voxels, outside_value(settings))
    except VolumeError as error:
        return _Glance("unreadable", str(error))
    return _Glance("ok", None, path, levels)


def _measure(
    path: Path, *, phase: PoreConvention, settings: VolumeSettings, bits: BitStore | None
) -> dict[str, object]:
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
        _KEPT_CUBES: fingerprints(volume.mask) if settings.overlaps == "find" else None,
    }


def _same_images(measured: Mapping[Path, Mapping[str, Any]]) -> dict[Path | None, Path]:
    """For each file that overlaps others the first of them; copies of a volume say nothing more than the volume."""
    distinct: dict[str, Path] = {}
    for path, item in measured.items():
        if _KEPT_CUBES in item:
            distinct.setdefault(item["volume_digest"], path)
    paths = list(distinct.values())
    first = images([measured[path][_KEPT_CUBES] for path in paths])
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
