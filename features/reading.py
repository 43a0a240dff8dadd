"""Inputs of ``describe``, read into one form."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..array_types import Mask
from .arguments import Pore, edge_of, pore_values
from .sample import Sample
from .spacing import TESTED_RATIO, elongated
from .volumes import Volume, VoxelSize, as_mask, digest, load_volume, resized
from .voxels import Spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

VolumeLike: TypeAlias = "NDArray[Any] | Volume | str | Path"


@dataclass(frozen=True)
class Reader:
    """Reads volumes at one edge of a voxel, or three (None: the volume's own, ``file``: what each file states), and one pore."""

    edge: float | Spacing | Literal["file"] | None
    pore: tuple[float, ...] | None

    @classmethod
    def of(cls, voxel_size: VoxelSize, pore: Pore | None) -> Reader:
        """A reader by the arguments of ``describe``; raises VolumeError and SettingsError."""
        if voxel_size == "file":
            return cls("file", pore_values(pore))
        edge = edge_of(voxel_size)
        if isinstance(edge, tuple) and max(edge) > TESTED_RATIO * min(edge):
            warnings.warn(elongated(edge), stacklevel=4)
        return cls(edge, pore_values(pore))

    def mask(self, volume: VolumeLike) -> tuple[Mask, float | Spacing, Sample | None]:
        """The pore mask, the edge or edges of a voxel (1 where unknown), and which part of the box is sample (None: all of it).

        Raises VolumeError for what is no volume.
        """
        if isinstance(volume, str | Path):
            volume = load_volume(volume, pore=self.pore, voxel_size=self.edge)
        if isinstance(volume, Volume):
            return volume.mask, self._edge or volume.voxel_size or 1.0, volume.sample
        return as_mask(volume, self.pore), self._edge or 1.0, None

    @property
    def _edge(self) -> float | Spacing | None:
        """The edge or edges that were given in metres."""
        return None if self.edge == "file" else self.edge

    def volume(self, volume: VolumeLike) -> Volume:
        """Read the same as a Volume with its digest, the key of the cache."""
        if isinstance(volume, str | Path):
            return load_volume(volume, pore=self.pore, voxel_size=self.edge)
        if isinstance(volume, Volume):
            return volume if self._edge is None else resized(volume, self._edge)
        mask = as_mask(volume, self.pore)
        return Volume(mask, self._edge, digest(mask, self._edge), "given", float("nan"))


def name_of(volume: VolumeLike, place: int) -> str:
    """Name in messages of the volume at a position of a sequence."""
    if isinstance(volume, str | Path):
        return str(volume)
    if isinstance(volume, Volume):
        return volume.source or f"volume {volume.digest[:12]}"
    return f"volume {place}"
