"""What ``describe`` takes for a volume, read into one form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .arguments import Edge, Pore, edge_of, pore_values
from .volumes import Volume, as_mask, checked_voxel_size, digest, load_volume

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VolumeLike: TypeAlias = "NDArray[Any] | Volume | str | Path"


@dataclass(frozen=True)
class Reader:
    """Reads volumes at one edge of a voxel (None: the volume's own) with the same grey values as pore."""

    edge: float | None
    pore: tuple[int, ...] | None

    @classmethod
    def of(cls, voxel_size: Edge | None, pore: Pore | None) -> Reader:
        """A reader by the arguments of ``describe``; raises VolumeError and SettingsError."""
        return cls(checked_voxel_size(edge_of(voxel_size)), pore_values(pore))

    def mask(self, volume: VolumeLike) -> tuple[NDArray[np.bool_], float]:
        """The pore mask and the edge of a voxel, 1 where unknown. Raises VolumeError for what is no volume."""
        if isinstance(volume, str | Path):
            volume = load_volume(volume, pore=self.pore)
        if isinstance(volume, Volume):
            return volume.mask, self.edge or volume.voxel_size or 1.0
        return as_mask(volume, self.pore), self.edge or 1.0

    def volume(self, volume: VolumeLike) -> Volume:
        """The same as a Volume with its digest, by which the cache knows it."""
        if isinstance(volume, str | Path):
            return load_volume(volume, pore=self.pore, voxel_size=self.edge)
        if isinstance(volume, Volume):
            if self.edge in {None, volume.voxel_size}:
                return volume
            mask, source = volume.mask, volume.source
            return Volume(mask, self.edge, digest(mask, self.edge), volume.pore, volume.threshold, source)
        mask = as_mask(volume, self.pore)
        return Volume(mask, self.edge, digest(mask, self.edge), "given", float("nan"))


def name_of(volume: VolumeLike, place: int) -> str:
    """What a message calls the volume at a place of a sequence."""
    if isinstance(volume, str | Path):
        return str(volume)
    if isinstance(volume, Volume):
        return volume.source or f"volume {volume.digest[:12]}"
    return f"volume {place}"
