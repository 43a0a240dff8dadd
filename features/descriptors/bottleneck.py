"""Bottlenecks: constrictivity, and the largest ball that passes from face to face.

Constrictivity comes first: the paths in from the low face, which it needs whole, give the bottleneck too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..declaration import Axis, Column, Phase, descriptor
from ..workspace import Workspace


@descriptor(
    columns={
        "constrictivity": Column(
            "-",
            "(r_min / r_max)^2, radii at which half the pores are covered by balls from the low face of {axis} and by any balls",
            low=0.0,
            high=1.0,
            undefined="less than half the pores open to that face, or one phase only",
            mirror="directed",
        )
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("axis",),
    reference="doi:10.1002/aic.15160",
)
def constrictivity(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """Stenzel et al. 2016: bottlenecks against bulges."""
    half = work.pore_count / 2
    narrow, wide = work.intrusion(axis, 0).reached_by(half), work.thickness("pore").reached_by(half)
    return {"constrictivity": (narrow / wide) ** 2}


@descriptor(
    columns={
        "bottleneck_radius": Column(
            "m",
            "radius of the largest ball that passes through the {phase} from face to face of {axis}",
            low=1.0,
            undefined="no {phase} path along {axis}, or one phase only",
        )
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    length_power=1,
    by=("phase", "axis"),
)
def bottleneck_radius(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
    """Radius of the largest ball whose centre can move across voxel faces from the first layer to the last."""
    squared = work.bottleneck(phase, axis)
    return {"bottleneck_radius": math.sqrt(squared) if squared > 0.0 else math.nan}
