"""Porosity: the pore share of the volume."""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import Column, descriptor
from ..workspace import Workspace


@descriptor(
    columns={"porosity": Column("-", "share of voxels that are pore", low=0.0, high=1.0, log=True, average=True)},
    tier="morphology",
    version=1,
    only_cubes=False,
)
def porosity(work: Workspace) -> Mapping[str, float]:
    """Pore voxels over voxels."""
    return {"porosity": work.fraction("pore")}
