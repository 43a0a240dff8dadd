"""Geodesic tortuosity: how much longer the shortest path through a phase is than the straight line."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..declaration import AXES, Axis, Column, Phase, descriptor
from ..workspace import Workspace

_UNDEFINED = "no {phase} path along {axis}, or one layer only"


@descriptor(
    columns={
        "geodesic_tortuosity_mean": Column(
            "-",
            "mean over the {phase} voxels of the low face in clusters that touch both faces of {axis}: shortest path in the cluster over thickness",
            low=1.0,
            undefined=_UNDEFINED,
            mirror="directed",
            log=True,
        ),
        "geodesic_tortuosity_std": Column(
            "-",
            "standard deviation over those voxels of the shortest {phase} path along {axis} over thickness",
            low=0.0,
            undefined=_UNDEFINED,
            mirror="directed",
        ),
    },
    tier="morphology",
    version=2,
    only_cubes=False,
    by=("phase", "axis"),
    reference="doi:10.1016/j.commatsci.2017.10.006",
)
def geodesic_tortuosity(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
    """Paths of steps to the 26 neighbours between the centres of the first and the last layer, N - 1 edges apart.

    They stay inside one cluster that carries flow: over edges and corners nothing passes from one to another.
    """
    index = AXES.index(axis)
    straight = (work.shape[index] - 1) * work.spacing[index]
    if straight == 0 or not work.components(phase).spans(index).any():
        return dict.fromkeys(("geodesic_tortuosity_mean", "geodesic_tortuosity_std"), math.nan)
    ratios = work.geodesic_lengths(phase, axis).astype(np.float64) / straight
    return {"geodesic_tortuosity_mean": float(ratios.mean()), "geodesic_tortuosity_std": float(ratios.std())}
