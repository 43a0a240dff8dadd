"""Shortest paths and the two-point correlation of a volume whose opposite sides are joined."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SettingsError
from .apart import apart
from .arguments import Edge, Names, Pore, axes_of, axis_of, edge_of
from .backends import get_backend
from .declaration import Axis
from .descriptors.two_point_correlation import decay_length
from .spacing import CUBE, edge_and_spacing
from .volumes import as_mask
from .winding import clusters, contacts_across, spanning

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..array_types import Float32, Float64, Mask
    from .backends import Backend
    from .voxels import Spacing


@dataclass(frozen=True)
class GeodesicTortuosity:
    """Shortest paths along one axis over the straight line, over the voxels of its low face; NaN where none leads through."""

    axis: Axis
    mean: float
    std: float


@dataclass(frozen=True, eq=False)
class TwoPointCorrelation:
    """Probability that two points at a distance along one axis are both pore, up to half of the axis."""

    axis: Axis
    distance: Float64
    """0, 1, … voxels, in metres where the edge of a voxel is known."""
    probability: Float64
    """At each distance; the porosity at 0."""
    length: float
    """Distance at which the covariance falls to 1/e of the variance; NaN where it does not, or there is one phase only."""


def geodesic_tortuosity(
    volume: Any,
    axis: Axis = "z",
    *,
    pore: Pore | None = None,
    voxel_size: Edge | None = None,
    periodic: Names = (),
    device: str = "auto",
) -> GeodesicTortuosity:
    """Length of the shortest path through the pores over that of the straight line, with periodic sides.

    As the columns ``geodesic_tortuosity_*``, which it repeats where nothing is periodic: paths of steps to the 26 neighbours
    between the centres of the first and the last layer, inside one cluster that touches both. A cluster and its paths go on
    across the sides that are joined.

    Parameters
    ----------
    volume
        Boolean or integer array (z, y, x).
    axis
        ``z``, ``y`` or ``x``.
    pore
        Grey value or values that are pore, as for ``describe``.
    voxel_size
        Edge of a voxel, or the three (dz, dy, dx), in metres; only their proportion counts. None: cubes.
    periodic
        Names of the axes across which opposite sides are joined, of which ``axis`` is none.
    device
        As for ``describe``.

    Returns
    -------
    GeodesicTortuosity
        ``mean`` and ``std``; NaN where no path leads through, or there is one layer only.

    Raises
    ------
    VolumeError
        For what is no volume.
    SettingsError
        For unknown axes, and where ``axis`` is said to be periodic.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import geodesic_tortuosity
    >>> slanted = np.indices((8, 4, 1))[:2]
    >>> pores = (slanted[0] - slanted[1]) % 4 < 2
    >>> geodesic_tortuosity(pores, device="cpu").mean
    nan
    >>> round(geodesic_tortuosity(pores, periodic="y", device="cpu").mean, 3)
    1.385

    """
    index, joined = axis_of(axis), axes_of(periodic)
    if index in joined:
        raise SettingsError(f"paths along {axis} lead from face to face: it cannot be periodic itself")
    mask, (_, spacing) = as_mask(volume, pore), _edges(voxel_size)
    straight = (mask.shape[index] - 1) * spacing[index]
    lengths = _path_lengths(mask, index, joined, spacing, get_backend(device))
    if straight == 0 or len(lengths) == 0:
        return GeodesicTortuosity(axis, math.nan, math.nan)
    ratios = lengths.astype(np.float64) / straight
    return GeodesicTortuosity(axis, float(ratios.mean()), float(ratios.std()))


def two_point_correlation(
    volume: Any,
    axis: Axis = "z",
    *,
    pore: Pore | None = None,
    voxel_size: Edge | None = None,
    periodic: bool = False,
    device: str = "auto",
) -> TwoPointCorrelation:
    """The probability that two points along an axis are both pore, from every pair, with periodic sides.

    As the columns ``two_point_correlation_*`` and ``correlation_length_*`` of cubes, which it repeats where the axis is not
    periodic. Where it is, each voxel has a partner at each distance, if need be across the sides: pairs are counted exactly.

    Parameters
    ----------
    volume
        Boolean or integer array (z, y, x).
    axis
        ``z``, ``y`` or ``x``.
    pore
        Grey value or values that are pore, as for ``describe``.
    voxel_size
        Edge of a voxel, or the three (dz, dy, dx), in metres; None: distances are in voxels.
    periodic
        Whether the two sides of ``axis`` are joined; other sides do not matter.
    device
        As for ``describe``.

    Returns
    -------
    TwoPointCorrelation
        ``distance``, ``probability`` and ``length``.

    Raises
    ------
    VolumeError
        For what is no volume.
    SettingsError
        For an unknown axis.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import two_point_correlation
    >>> layers = np.array([1, 1, 0, 0, 0], bool).reshape(5, 1, 1)
    >>> two_point_correlation(layers, periodic=True, device="cpu").probability
    array([0.4, 0.2, 0. ])

    """
    index = axis_of(axis)
    mask, (smallest, spacing), backend = as_mask(volume, pore), _edges(voxel_size), get_backend(device)
    length = mask.shape[index]
    half = length // 2 + 1
    (counts,) = backend.pair_counts(backend.batch([mask]), index, length - 1 if periodic else half - 1)
    if periodic:
        # two voxels that are n apart are length - n apart the other way round
        probability = (counts + np.append(0, counts[:0:-1]))[:half] / mask.size
    else:
        probability = counts / ((length - np.arange(half)) * (mask.size // length))
    edge = smallest * spacing[index]
    return TwoPointCorrelation(
        axis, np.arange(half) * edge, probability, decay_length(probability, float(mask.mean())) * edge
    )


def _edges(voxel_size: Edge | None) -> tuple[float, Spacing]:
    edges = edge_of(voxel_size)
    return (1.0, CUBE) if edges is None else edge_and_spacing(edges)


def _path_lengths(mask: Mask, axis: int, periodic: Collection[int], spacing: Spacing, backend: Backend) -> Float32:
    """Shortest paths to the high face inside each cluster that touches both, from each of its voxels on the low face."""
    masks = backend.batch([mask])
    (components,) = found = backend.components(masks)
    seams = {side: backend.sides(masks, found, side)[0] for side in periodic}
    cluster, _ = clusters(len(components.sizes), seams)
    through = np.flatnonzero(spanning(components, cluster, axis))
    meetings = cluster[np.concatenate([*backend.contacts(masks, found), contacts_across(seams)])]
    lengths = [np.empty(0, np.float32)]
    # paths through clusters that meet along edges and corners would lead from one to the other
    for group in apart(through, meetings[meetings[:, 0] != meetings[:, 1]]):
        part = backend.select(masks, found, [np.isin(cluster, group)])
        (layer,) = backend.layer(backend.geodesic_distance(part, axis, 1, spacing, periodic), axis, 0)
        lengths.append(layer[np.isfinite(layer)])
    return np.concatenate(lengths)
