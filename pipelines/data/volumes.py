"""A look at every volume of a data set: readable or not, which phase is pore, what is twice there."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ...errors import DataSetError, VolumeError
from ...features import canonical_digest, describe
from ...features.volumes import read_voxels
from ...schema import VOLUMES
from ..execution.parallel import Progress, Workers, parallel_map
from ..settings import VolumeSettings
from .bits import BitStore
from .dataset import Dataset
from .overlaps import fingerprints, images
from .phase import Levels, PoreConvention, infer_convention, levels_of, open_volume, sized

log = logging.getLogger(__name__)

PERCOLATES = "percolates_z"
_KEPT_CUBES = "kept_cubes"


class VolumeFile(NamedTuple):
    """One volume of a data set: its name, its file, and the edge of its voxels in metres where it has one of its own."""

    name: str
    path: Path
    voxel_size: float | None = None


@dataclass(frozen=True)
class VolumeInspection:
    """What looking at the volumes of a data set yields: a frame of schema.VOLUMES and the convention."""

    frame: pd.DataFrame
    phase: PoreConvention

    @property
    def readable(self) -> pd.DataFrame:
        """The volumes that can be used."""
        return self.frame[self.frame["status"] == "ok"]

    @property
    def in_metres(self) -> bool:
        """Whether the voxel size of every volume is known."""
        return bool(self.readable["voxel_size"].notna().all())


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
    """Look at each distinct file named by ``rows`` (columns filename, porosity_raw; voxel_size where volumes have their own).

    Files are read twice, since the convention of the set is known only after all have been seen once;
    once where the settings name the pore. ``bits`` keeps the volumes for what looks at them next. Missing and unreadable files get a row that says so; nothing is raised for them.
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
    sizes = rows.groupby("filename", sort=False)["voxel_size"].first() if "voxel_size" in rows else stated * math.nan
    files = [
        VolumeFile(name, item.path, size)
        for name, item, size in zip(names, glances, sizes, strict=True)
        if item.path is not None
    ]
    measure = partial(_measure, phase=phase, settings=settings, bits=bits)
    shown = progress if phase.rule == "named" else None
    found = parallel_map(measure, files, workers=workers, progress=shown)
    measured = {file.path: item for file, item in zip(files, found, strict=True)}
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
    named = {glance.path: name for name, glance in zip(names, glances, strict=True)}
    for record, glance in zip(records, glances, strict=True):
        record["same_image_as"] = named.get(crops.get(glance.path))
    return VolumeInspection(_frame(records), phase)


def _glance(name: str, *, dataset: Dataset, settings: VolumeSettings) -> _Glance:
    try:
        path = dataset.resolve(name)
    except DataSetError as error:
        return _Glance("unreadable", str(error))
    if not path.is_file():
        return _Glance("missing", f"no file {path}")
    if settings.pore is not None:
        return _Glance("ok", None, path)
    try:
        levels = levels_of(read_voxels(path, max_voxels=settings.max_voxels))
    except VolumeError as error:
        return _Glance("unreadable", str(error))
    return _Glance("ok", None, path, levels)


def _measure(
    file: VolumeFile, *, phase: PoreConvention, settings: VolumeSettings, bits: BitStore | None
) -> dict[str, object]:
    try:
        volume = open_volume(file.path, phase, sized(settings, file.voxel_size))
    except VolumeError as error:
        return {"status": "unreadable", "reason": str(error)}
    if bits is not None:
        bits.put(volume)
    return {
        "volume_digest": volume.digest,
        "canonical_digest": canonical_digest(volume.mask),
        "shape": "x".join(map(str, volume.mask.shape)),
        "voxel_size": math.nan if volume.voxel_size is None else volume.voxel_size,
        "pore_value": volume.pore,
        "threshold": volume.threshold,
        "porosity_voxels": float(volume.mask.mean()),
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
    if phase.rule in ("named", "assumed"):
        log.info("pore phase: %s", "as named" if phase.rule == "named" else "nonzero labels, darker grey (assumed)")
        return
    log.info(
        "pore phase: the %s of two values, mean porosity error %.4f (%s the other way round) over %d volumes",
        phase.rule,
        phase.error,
        "unknown" if math.isnan(phase.error_otherwise) else f"{phase.error_otherwise:.4f}",
        phase.compared,
    )
