"""Chord lengths: how far a straight line stays within a phase."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..declaration import AXES, Axis, Column, Phase, descriptor
from ..distribution import Distribution
from ..workspace import Workspace


@descriptor(
    columns={
        "chord_length_mean": Column(
            "m",
            "mean {phase} chord along {axis}: {phase} voxels over {phase} chords, cut chords counted by their free ends",
            low=1.0,
            undefined="no {phase} chord begins or ends inside the volume",
            average=True,
        ),
        "chord_length_std": Column(
            "m",
            "standard deviation of the {phase} chords along {axis} that touch no face",
            low=0.0,
            undefined="every {phase} chord touches a face",
        ),
        "chord_length_d90": Column(
            "m",
            "length that nine in ten {phase} chords along {axis} that touch no face do not exceed",
            low=1.0,
            undefined="every {phase} chord touches a face",
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    length_power=1,
    by=("phase", "axis"),
    reference="doi:10.1007/978-1-4757-6355-3",
)
def chord_length(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
    """Torquato, Random Heterogeneous Materials, 2.5: the mean without the bias of dropping cut chords."""
    counts = work.run_lengths(axis).counts[int(phase == "pore")]
    index = AXES.index(axis)
    steps, edge = np.arange(work.shape[index] + 1), work.spacing[index]
    voxels = int((counts @ steps).sum())
    chords = (2 * int(counts[0].sum()) + int(counts[1].sum())) / 2
    whole = Distribution.of(steps * edge, counts[0])
    return {
        "chord_length_mean": voxels * edge / chords if chords else math.nan,
        "chord_length_std": whole.std,
        "chord_length_d90": whole.quantile(0.9),
    }
