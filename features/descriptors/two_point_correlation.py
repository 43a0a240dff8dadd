"""Two-point correlation: the probability that two points at a distance are both pore, and how fast it decays."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..declaration import AXES, Axis, Column, descriptor
from ..workspace import LAGS, Workspace

_REFERENCE = "doi:10.1007/978-1-4757-6355-3"
_NO_DECAY = "one phase only, or no decay to 1/e within half of the {axis} axis"


@descriptor(
    columns={
        f"two_point_correlation_r{lag}": Column(
            "-",
            f"probability that two points {lag} voxels apart along {{axis}} are both pore",
            low=0.0,
            high=1.0,
            undefined=f"at most {lag} voxels along {{axis}}",
            average=True,
        )
        for lag in LAGS
    }
    | {
        "correlation_length": Column(
            "m",
            "distance along {axis} at which the covariance of the pores falls to 1/e of the variance",
            low=0.0,
            undefined=_NO_DECAY,
            length_power=1,
        )
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("axis",),
    reference=_REFERENCE,
)
def along_axis(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """S2(r) along one axis, from every pair in the volume."""
    counts, pairs = _counts_and_pairs(work, axis)
    values = {
        f"two_point_correlation_r{lag}": float(counts[lag] / pairs[lag]) if lag < len(counts) else math.nan
        for lag in LAGS
    }
    index = AXES.index(axis)
    half = int(work.shape[index] * work.spacing[index] / 2) + 1
    return values | {"correlation_length": decay_length(counts[:half] / pairs[:half], work.fraction("pore"))}


@descriptor(
    columns={
        f"two_point_correlation_r{lag}": Column(
            "-",
            f"probability that two points {lag} voxels apart along any axis are both pore",
            low=0.0,
            high=1.0,
            undefined=f"no axis of more than {lag} voxels",
            average=True,
        )
        for lag in LAGS
    }
    | {
        "correlation_length": Column(
            "m",
            "distance along any axis at which the covariance of the pores falls to 1/e of the variance",
            low=0.0,
            undefined="one phase only, or no decay to 1/e within half of the longest axis",
            length_power=1,
        )
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    reference=_REFERENCE,
)
def over_axes(work: Workspace) -> Mapping[str, float]:
    """S2(r) over the pairs of all three axes together."""
    along = [_counts_and_pairs(work, axis) for axis in AXES]
    longest = max(len(found) for found, _ in along)
    counts, pairs = np.zeros(longest), np.zeros(longest)
    for found, possible in along:
        counts[: len(found)] += found
        pairs[: len(found)] += possible
    values = {
        f"two_point_correlation_r{lag}": float(counts[lag] / pairs[lag]) if lag < longest else math.nan for lag in LAGS
    }
    half = int(max(np.multiply(work.shape, work.spacing)) / 2) + 1
    return values | {"correlation_length": decay_length(counts[:half] / pairs[:half], work.fraction("pore"))}


def _counts_and_pairs(work: Workspace, axis: Axis) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pairs of pore voxels, and of all voxels of the volume, at each lag of whole smallest edges.

    Between the lags of whole voxels both are straight lines.
    """
    index = AXES.index(axis)
    counts, length, edge = work.pair_counts(axis), work.shape[index], work.spacing[index]
    voxels = np.arange(len(counts), dtype=np.float64)
    lags = np.arange(int((len(counts) - 1) * edge) + 1) / edge
    pairs = (length - lags) * (work.size // length)
    return np.interp(lags, voxels, counts), pairs


def decay_length(probability: NDArray[np.float64], porosity: float) -> float:
    """Lag at which (S2 - porosity^2) / (porosity (1 - porosity)) first falls to 1/e, between lags by a straight line."""
    variance = porosity * (1.0 - porosity)
    if variance == 0.0:
        return math.nan
    covariance = (probability - porosity**2) / variance - math.exp(-1.0)
    below = np.flatnonzero(covariance <= 0.0)
    if len(below) == 0:
        return math.nan
    last = int(below[0])
    before, after = float(covariance[last - 1]), float(covariance[last])
    return last - 1 + before / (before - after)
