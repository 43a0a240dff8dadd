"""The peer-comparable set: quantities otherwise taken from several packages. Frozen; the pore phase only.

Each entry names columns of this project and the call of the peer that yields the same quantity, along
all three axes where it has one. Peers run at their defaults.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...array_types import Mask

_AXES = ("z", "y", "x")


@dataclass(frozen=True)
class Quantity:
    """One quantity, ours and theirs."""

    name: str
    columns: tuple[str, ...]
    package: str
    """Import name of the peer."""
    peer: Callable[[Mask], Any]


def by_axis(*names: str) -> tuple[str, ...]:
    """The columns of a quantity along all axes."""
    return tuple(f"{name}_{axis}" for name in names for axis in _AXES)


def _profiles(mask: Mask) -> Any:
    from porespy import metrics

    return [metrics.porosity(mask), *(metrics.porosity_profile(mask, axis=axis) for axis in range(3))]


def _surface(mask: Mask) -> Any:
    from skimage import measure

    vertices, faces, _, _ = measure.marching_cubes(mask.astype(np.float32), 0.5)
    return measure.mesh_surface_area(vertices, faces), measure.euler_number(mask, connectivity=3)


def _clusters(mask: Mask) -> Any:
    from scipy import ndimage

    labels, number = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=number + 1)
    spanning = [np.intersect1d(labels.take(0, axis), labels.take(-1, axis)) for axis in range(3)]
    return [sizes[found[found > 0]].sum() for found in spanning]


def _correlation(mask: Mask) -> Any:
    from porespy import metrics

    return metrics.two_point_correlation(mask)


def _chords(mask: Mask) -> Any:
    from porespy import filters, metrics

    return [metrics.chord_length_distribution(filters.apply_chords(mask, axis=axis)) for axis in range(3)]


def _distance(mask: Mask) -> Any:
    import edt

    return edt.edt(mask, parallel=1)


def _thickness(mask: Mask) -> Any:
    from porespy import filters

    return filters.local_thickness(mask)


def _intrusion(mask: Mask) -> Any:
    from porespy import filters

    results = []
    for axis in range(3):
        inlets = np.zeros_like(mask)
        np.moveaxis(inlets, axis, 0)[0] = True
        results.append(filters.porosimetry(mask, inlets=inlets))
    return results


def _geodesics(mask: Mask) -> Any:
    from skimage import graph

    results = []
    for axis in range(3):
        turned = np.moveaxis(mask, axis, 0)
        paths = graph.MCP_Geometric(np.where(turned, 1.0, -1.0))
        costs, _ = paths.find_costs([(0, *place) for place in np.argwhere(turned[0])])
        results.append(costs[-1])
    return results


def tortuosity(mask: Mask, axes: tuple[int, ...] = (0, 1, 2)) -> list[float]:
    """TauFactor at its defaults, one thread: relative diffusivity along each axis."""
    import taufactor
    import torch

    torch.set_num_threads(1)
    results = []
    for axis in axes:
        solver = taufactor.Solver(np.ascontiguousarray(np.moveaxis(mask, axis, 0)).astype(np.uint8), device="cpu")
        solver.solve(verbose=False)
        results.append(float(np.asarray(solver.D_eff).ravel()[0]))
    return results


_LAGS = (1, 2, 4, 8, 16, 32)

QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        "porosity and profiles",
        ("porosity", *by_axis("porosity_profile_std", "porosity_profile_min", "porosity_profile_max")),
        "porespy",
        _profiles,
    ),
    Quantity("surface and Euler number", ("specific_surface", "euler_number_density"), "skimage", _surface),
    Quantity("percolating clusters", by_axis("percolates", "percolating_porosity"), "scipy", _clusters),
    Quantity(
        "two-point correlation",
        (*(f"two_point_correlation_r{lag}" for lag in _LAGS), "correlation_length"),
        "porespy",
        _correlation,
    ),
    Quantity("chord lengths", by_axis("chord_length_mean", "chord_length_std"), "porespy", _chords),
    Quantity("wall distance", ("wall_distance_mean", "wall_distance_std", "wall_distance_max"), "edt", _distance),
    Quantity(
        "local thickness",
        tuple(f"local_thickness_{what}_pore" for what in ("mean", "d10", "d50", "d90")),
        "porespy",
        _thickness,
    ),
    Quantity(
        "mercury intrusion",
        by_axis("intrusion_d20_low", "intrusion_d50_low", "intrusion_d80_low"),
        "porespy",
        _intrusion,
    ),
    Quantity(
        "geodesic tortuosity", by_axis("geodesic_tortuosity_mean", "geodesic_tortuosity_std"), "skimage", _geodesics
    ),
    Quantity("tortuosity factor", by_axis("relative_diffusivity", "tortuosity_factor"), "taufactor", tortuosity),
)
COLUMNS: tuple[str, ...] = tuple(column for quantity in QUANTITIES for column in quantity.columns)


def run_peer(quantity: Quantity, mask: Mask) -> Any:
    """The peer's result; its warnings are ignored."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return quantity.peer(mask)
