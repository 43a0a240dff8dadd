"""A look at one file of voxels, read once: its levels, and what it holds under a pore convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import VolumeError
from ...features import Volume, canonical_digest, describe
from ...features.formats import read_scan
from ...features.spacing import edge_and_spacing
from ...features.voxels import spacing_in_words
from ..settings import VolumeSettings
from .bits import BitStore
from .inspection_cache import Answer, InspectionCache, inspection_cache
from .overlaps import VERSION, as_json, fingerprints
from .phase import Levels, PoreConvention, levels_of, outside_value, read_options, volume_of_scan

PERCOLATES = "percolates_z"
LEVELS, VOLUME = "levels", "volume"
"""Members of what a look finds: the first is absent where the settings name the pore, the second where a file cannot be read."""
ROW, KEPT_CUBES = "row", "kept_cubes"
"""Members of the second: what ``row_of`` tells, and fingerprints where overlaps are looked for."""


@dataclass(frozen=True)
class Look:
    """Looks at files under a convention; plain data, so that it can be sent to other processes.

    ``bits`` keeps the volumes that are read.
    """

    phase: PoreConvention
    settings: VolumeSettings
    bits: BitStore | None = None

    def __call__(self, path: Path) -> Answer:
        """Members ``LEVELS`` and ``VOLUME``, or the status and the reason where the file cannot be read."""
        found: dict[str, Any] = {}
        try:
            scan = read_scan(path, read_options(self.settings))
            if self.settings.pore is None:  # otherwise nothing is to be found out
                found[LEVELS] = asdict(levels_of(scan.voxels, outside_value(self.settings)))
            volume = volume_of_scan(scan, self.phase, self.settings, source=str(path))
        except VolumeError as error:
            reason = str(error) if str(path) in str(error) else f"volume {path}: {error}"
            return {**found, "status": "unreadable", "reason": reason}
        if self.bits is not None:
            self.bits.put(volume)
        return {**found, VOLUME: _measured(volume, self.settings)}

    def cache(self, *, verify: bool) -> InspectionCache:
        """What looks under this convention found in files that have not changed."""
        return inspection_cache(f"look {VERSION} {read_as(self.phase, self.settings)}", verify=verify)


@dataclass(frozen=True)
class Glance:
    """Levels of files, without a convention; plain data, so that it can be sent to other processes."""

    settings: VolumeSettings

    def __call__(self, path: Path) -> Answer:
        """The member ``LEVELS``, or the status and the reason where the file cannot be read."""
        try:
            levels = levels_of(read_scan(path, read_options(self.settings)).voxels, outside_value(self.settings))
        except VolumeError as error:
            return {"status": "unreadable", "reason": str(error)}
        return {LEVELS: asdict(levels)}

    def cache(self, *, verify: bool) -> InspectionCache:
        """Levels of files that have not changed."""
        return inspection_cache(f"levels {read_as(None, self.settings)}", verify=verify)


def levels_in(answer: Answer) -> Levels | None:
    """The levels that a look or a glance found, None where there are none."""
    if LEVELS not in answer:
        return None
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in answer[LEVELS].items()
    }
    return Levels(**kept)


def read_as(phase: PoreConvention | None, settings: VolumeSettings) -> str:
    """All that decides what is read from a file, in words that are compared."""
    convention = phase and (phase.rule, phase.lowest, phase.named, sorted(phase.voxel_sizes.items()))
    return f"{sorted(asdict(settings).items())} {convention}"


def row_of(volume: Volume) -> dict[str, object]:
    """What a table of descriptors says of a volume beside these: its digest, pore and voxel size, and remarks."""
    return {
        "volume_digest": volume.digest,
        "pore_value": volume.pore,
        "voxel_size": None if volume.voxel_size is None else edge_and_spacing(volume.voxel_size)[0],
        "spacing": _spacing(volume),
        "note": "; ".join(volume.notes) or None,
    }


def _spacing(volume: Volume) -> str | None:
    """The edges of a voxel in words: as the file states them, else where they differ, which one number cannot tell."""
    if volume.spacing is not None:
        return spacing_in_words(volume.spacing)
    return spacing_in_words(volume.voxel_size) if isinstance(volume.voxel_size, tuple) else None


def _measured(volume: Volume, settings: VolumeSettings) -> Mapping[str, Any]:
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
        KEPT_CUBES: as_json(fingerprints(volume.mask)) if settings.overlaps == "find" else None,
        ROW: row_of(volume),
    }
