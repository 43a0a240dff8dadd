"""The lineal path function: the probability that a whole segment lies in a phase."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..declaration import AXES, Axis, Column, Phase, descriptor
from ..workspace import Workspace

_LAGS = (2, 4, 8, 16, 32)


@descriptor(
    columns={
        f"lineal_path_r{lag}": Column(
            "-",
            f"probability that a segment of {lag} voxels from centre to centre along {{axis}} lies in the {{phase}}",
            low=0.0,
            high=1.0,
            undefined=f"at most {lag} voxels along {{axis}}",
        )
        for lag in _LAGS
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("phase", "axis"),
    reference="doi:10.1103/PhysRevA.45.922",
)
def lineal_path(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
    """Lu and Torquato 1992: segments that fit into the runs, over segments that fit into the volume.

    Segments are counted in the smallest edge of a voxel; both numbers are straight lines between whole voxels.
    """
    counts = work.run_lengths(axis).counts[int(phase == "pore")].sum(axis=0)
    lengths = np.arange(len(counts))
    index = AXES.index(axis)
    length = work.shape[index]
    lines = work.size // length
    values = {}
    for lag in _LAGS:
        steps = lag / work.spacing[index]
        fitting = float(counts @ np.maximum(lengths - steps, 0.0))
        values[f"lineal_path_r{lag}"] = fitting / (lines * (length - steps)) if length > steps else math.nan
    return values
