"""Pore masks kept as bits while a command works, so that each file of voxels is decoded only once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ...errors import VolumeError
from ...features import Volume
from ...features.sample import Sample
from ...files import replacing

SUFFIX = ".npz"


@dataclass(frozen=True)
class BitStore:
    """A folder with one file a distinct volume, by digest: an eighth of its voxels, and no voxel in memory."""

    folder: Path

    def path(self, digest: str) -> Path:
        """Path of the volume of a digest."""
        return self.folder / f"{digest}{SUFFIX}"

    def kept(self, digest: str) -> Path | None:
        """The file of a volume that was put, None where none was."""
        path = self.path(digest)
        return path if path.exists() else None

    def put(self, volume: Volume) -> Path:
        """Keep a volume, whole or not at all, in the file that comes back; copies of it are one."""
        path = self.path(volume.digest)
        if not path.exists():
            bits = np.packbits(volume.mask, axis=-1)
            sample = volume.sample
            told = np.array([volume.pore, "" if sample is None else sample.axes, *volume.notes])
            known = (volume.voxel_size, volume.threshold, None if sample is None else sample.share)
            numbers = np.array([*known, *(volume.spacing or (None,) * 3)], np.float64)
            with replacing(path) as temporary, temporary.open("wb") as stream:
                np.savez(stream, bits=bits, length=volume.mask.shape[-1], pore=told, numbers=numbers)
        return path


def read_bits(path: Path) -> tuple[tuple[int, int, int], bytes]:
    """Shape and bits, packed along the last axis, of a volume that ``BitStore`` keeps. Raises VolumeError naming the file."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            z, y, _ = kept["bits"].shape
            return (z, y, int(kept["length"])), kept["bits"].tobytes()
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise VolumeError(f"volume {path}: expected bits that this command kept, got: {error}") from error


def read_volume(path: Path) -> Volume:
    """A volume that ``BitStore`` keeps, as it was put. Raises VolumeError naming the file."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            mask = np.unpackbits(kept["bits"], axis=-1, count=int(kept["length"])).view(np.bool_)
            voxel_size, threshold, share, *spacing = kept["numbers"].tolist()
            pore, axes, *notes = kept["pore"].tolist()
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise VolumeError(f"volume {path}: expected bits that this command kept, got: {error}") from error
    mask.flags.writeable = False
    return Volume(
        mask=mask,
        voxel_size=None if math.isnan(voxel_size) else voxel_size,
        digest=path.stem,
        pore=pore,
        threshold=threshold,
        source=str(path),
        spacing=None if math.isnan(spacing[0]) else (spacing[0], spacing[1], spacing[2]),
        sample=None if math.isnan(share) else Sample(share, axes),
        notes=tuple(notes),
    )
