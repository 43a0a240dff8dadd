"""Distribution of the flux: the conducting and the stagnant part of what percolates, and how concentrated it is.

conducting + stagnant + one-sided + isolated = volume share of the phase, exactly.

The file comes before the other families of the solver, which take what is solved here for them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import AXES, Axis, Column, Phase, descriptor
from ..transport import transport
from ..workspace import Workspace

_UNSOLVED = "the solver did not converge"


@descriptor(
    columns={
        "conducting_porosity": Column(
            "-",
            "volume share of {phase} voxels that carry at least a tenth of the mean flux along {axis}",
            low=0.0,
            high=1.0,
            undefined=_UNSOLVED,
            log=True,
        ),
        "stagnant_porosity": Column(
            "-",
            "volume share of {phase} voxels in clusters that touch both faces of {axis} and carry less than that",
            low=0.0,
            high=1.0,
            undefined=_UNSOLVED,
        ),
        "dead_end_porosity": Column(
            "-",
            "volume share of {phase} voxels that are stagnant or in clusters that touch one face of {axis}",
            low=0.0,
            high=1.0,
            undefined=_UNSOLVED,
        ),
        "flux_share_top": Column(
            "-",
            "share of the flux along {axis} in the hundredth of the spanning {phase} voxels that carry most",
            low=0.0,
            high=1.0,
            undefined="no {phase} path along {axis}, or the solver did not converge",
        ),
    },
    tier="transport",
    only_cubes=False,
    version=2,
    by=("phase", "axis"),
)
def conducting(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
    """A voxel carries half the sum of the absolute flows through its faces; the mean is over the spanning voxels."""
    solution = transport(work, phase, axis, shares=True)
    clusters, index = work.components(phase), AXES.index(axis)
    spanning = int(clusters.sizes[clusters.spans(index)].sum())
    one_sided = int(clusters.sizes[clusters.touches(index, 0) ^ clusters.touches(index, 1)].sum())
    return {
        "conducting_porosity": solution.conducting / work.size,
        "stagnant_porosity": (spanning - solution.conducting) / work.size,
        "dead_end_porosity": (spanning - solution.conducting + one_sided) / work.size,
        "flux_share_top": solution.top_share,
    }
