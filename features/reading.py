"""Inputs of ``describe``, read into one form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..array_types import Mask
from .arguments import Pore, edge_of, pore_values
from .sample import Sample
from .volumes import Volume, VoxelSize, as_mask, checked_voxel_size, digest, load_volume, resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

VolumeLike: TypeAlias = "NDArray[Any] | Volume | str | Path"


@dataclass(frozen=True)
class Reader:
    """Reads volumes at one edge of a voxel (None: the volume's own, ``file``: what each file states) with the same pore values."""

    edge: float | Literal["file"] | None
    pore: tuple[float, ...] | None

    @classmethod
    def of(cls, voxel_size: VoxelSize, pore: Pore | None) -> Reader:
        """A reader by the arguments of ``describe``; raises VolumeError and SettingsError."""
        edge: float | Literal["file"] | None = (
            "file" if voxel_size == "file" else checked_voxel_size(edge_of(voxel_size))
        )
        return cls(edge, pore_values(pore))

    def mask(self, volume: VolumeLike) -> tuple[Mask, float, Sample | None]:
        """The pore mask, the edge of a voxel (1 where unknown), and which part of the box is sample (None: all of it).

        Raises VolumeError for what is no volume.
        """
        if isinstance(volume, str | Path):
            volume = load_volume(volume, pore=self.pore, voxel_size=self.edge)
        if isinstance(volume, Volume):
            return volume.mask, self._edge or volume.voxel_size or 1.0, volume.sample
        return as_mask(volume, self.pore), self._edge or 1.0, None

    @property
    def _edge(self) -> float | None:
        """The edge that was given in metres."""
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
