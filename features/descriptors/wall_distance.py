"""Distance map: how far the points of a phase are from its wall."""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import Column, Phase, descriptor
from ..workspace import Workspace

_UNDEFINED = "one phase only"


@descriptor(
    columns={
        "wall_distance_mean": Column(
            "m", "mean distance of {phase} voxels to the other phase", low=1.0, undefined=_UNDEFINED
        ),
        "wall_distance_std": Column(
            "m",
            "standard deviation of the distance of {phase} voxels to the other phase",
            low=0.0,
            undefined=_UNDEFINED,
        ),
        "wall_distance_d50": Column(
            "m", "median distance of {phase} voxels to the other phase", low=1.0, undefined=_UNDEFINED
        ),
        "wall_distance_max": Column(
            "m",
            "largest distance of a {phase} voxel to the other phase: the largest ball",
            low=1.0,
            undefined=_UNDEFINED,
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    length_power=1,
    by=("phase",),
    reference="doi:10.4086/toc.2012.v008a019",
)
def wall_distance(work: Workspace, phase: Phase) -> Mapping[str, float]:
    """Distances between voxel centres, so up to half a voxel longer than to the wall itself."""
    distances = work.distances(phase)
    return {
        "wall_distance_mean": distances.mean,
        "wall_distance_std": distances.std,
        "wall_distance_d50": distances.quantile(0.5),
        "wall_distance_max": distances.largest,
    }
