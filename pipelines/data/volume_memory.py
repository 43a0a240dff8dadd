"""What is known of volumes whose files have not changed, so that they are found in the cache of descriptors without reading them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...features import Volume
from ..settings import VolumeSettings
from .inspection_cache import InspectionCache, file_identity, inspection_cache
from .look import ROW, VOLUME, Look, read_as, row_of
from .phase import PoreConvention, open_volume


@dataclass(frozen=True)
class VolumeMemory:
    """Digests of files read under one convention, and what else ``row_of`` tells; plain data, so that it can be sent to other processes."""

    phase: PoreConvention
    settings: VolumeSettings
    looked: InspectionCache
    opened: InspectionCache

    @classmethod
    def of(cls, phase: PoreConvention, settings: VolumeSettings, *, verify: bool = False) -> VolumeMemory:
        """What inspections under this convention found, and earlier readers; nothing where ``verify`` is set."""
        opened = inspection_cache(f"row {read_as(phase, settings)}", verify=verify)
        return cls(phase, settings, Look(phase, settings).cache(verify=verify), opened)

    def recall(self, path: Path) -> Mapping[str, Any] | None:
        """``row_of`` the volume of a file, None where the file is not as it was or was never read."""
        found = self.looked.remembered(path)
        if found is not None and VOLUME in found:
            row: Mapping[str, Any] = found[VOLUME][ROW]
            return row
        return self.opened.remembered(path)

    def open(self, path: Path) -> Volume:
        """Read a file, and remember ``row_of`` its volume. Raises VolumeError naming the file."""
        identity = file_identity(path)  # before reading: a file that changes meanwhile is read again next time
        volume = open_volume(path, self.phase, self.settings)
        if identity is not None:
            self.opened.put(path, identity, row_of(volume))
        return volume
