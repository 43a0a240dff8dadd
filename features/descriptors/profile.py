"""Porosity layer by layer: how evenly the pores are spread along each axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..declaration import AXES, Axis, Column, descriptor
from ..workspace import Workspace


@descriptor(
    columns={
        "porosity_profile_std": Column(
            "-", "standard deviation of the porosity of layers across {axis}", low=0.0, high=0.5
        ),
        "porosity_profile_min": Column("-", "porosity of the least porous layer across {axis}", low=0.0, high=1.0),
        "porosity_profile_max": Column("-", "porosity of the most porous layer across {axis}", low=0.0, high=1.0),
        "porosity_profile_variation": Column(
            "-", "coefficient of variation of the porosity of layers across {axis}", low=0.0, undefined="no pore"
        ),
        "porosity_gradient": Column(
            "-",
            "rise of the porosity over the whole length of {axis}, by a straight line through the layers",
            low=-1.5,
            high=1.5,
            undefined="one layer only",
            mirror="negated",
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("axis",),
)
def profile(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """Spread and slope of the layers' porosity."""
    layers = work.profiles[AXES.index(axis)]
    std, mean = float(layers.std()), float(layers.mean())
    position = (np.arange(len(layers)) - (len(layers) - 1) / 2) / len(layers)
    spread = float(position @ position)
    return {
        "porosity_profile_std": std,
        "porosity_profile_min": float(layers.min()),
        "porosity_profile_max": float(layers.max()),
        "porosity_profile_variation": std / mean if mean else math.nan,
        "porosity_gradient": float(position @ layers) / spread if spread else math.nan,
    }
