"""The pore partition: pores that percolate, that open to one face, and that are isolated.

percolating + one-sided + isolated = volume share of the phase, for each axis. The transport tier
splits the percolating part further, by the flux that it carries.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import AXES, Axis, Column, Phase, descriptor
from ..workspace import Workspace


@descriptor(
    columns={
        "percolates": Column(
            "-", "1 where a {phase} path along voxel faces joins both faces of {axis}, else 0", low=0.0, high=1.0
        ),
        "percolating_porosity": Column(
            "-", "volume share of {phase} clusters that touch both faces of {axis}", low=0.0, high=1.0
        ),
        "one_sided_porosity": Column(
            "-", "volume share of {phase} clusters that touch one face of {axis}", low=0.0, high=1.0
        ),
        "isolated_porosity": Column(
            "-", "volume share of {phase} clusters that touch no face of {axis}", low=0.0, high=1.0
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("phase", "axis"),
)
def partition(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
    """Volume shares of the clusters by the faces of an axis that they touch."""
    clusters, index = work.components(phase), AXES.index(axis)
    low, high = clusters.touches(index, 0), clusters.touches(index, 1)
    through = int(clusters.sizes[low & high].sum())
    return {
        "percolates": float(through > 0),
        "percolating_porosity": through / work.size,
        "one_sided_porosity": int(clusters.sizes[low ^ high].sum()) / work.size,
        "isolated_porosity": int(clusters.sizes[~(low | high)].sum()) / work.size,
    }


@descriptor(
    columns={
        "cluster_density": Column("1/m3", "number of {phase} clusters per volume", low=0.0, high=1.0, length_power=-3),
        "largest_cluster_share": Column(
            "-", "share of the {phase} in its largest cluster", low=0.0, high=1.0, undefined="no {phase}"
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("phase",),
)
def clusters(work: Workspace, phase: Phase) -> Mapping[str, float]:
    """Number of clusters of a phase, and the share of the largest."""
    sizes = work.components(phase).sizes
    return {
        "cluster_density": len(sizes) / work.content,
        "largest_cluster_share": int(sizes.max()) / work.count(phase) if len(sizes) else float("nan"),
    }
