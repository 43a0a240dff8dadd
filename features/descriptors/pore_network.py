"""The pore network: pores and throats as PoreSpy's SNOW2 partitions them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import MissingExtraError
from ..declaration import Column, descriptor
from ..spacing import NOT_CUBIC
from ..workspace import Workspace

_NO_NETWORK = (
    f"one phase only, fewer than two voxels along an axis, or edges of a voxel in no whole proportion ({NOT_CUBIC})"
)
_WHOLE = 1e-3
"""Relative difference from a whole proportion that files leave by rounding."""
_NO_PORES = f"{_NO_NETWORK}, or SNOW2 finds no pore"
_NO_THROATS = f"{_NO_NETWORK}, or SNOW2 finds no throat"


_COLUMNS = {
    "pore_density": Column(
        "1/m3", "pores of the network per volume", low=0.0, high=1.0, undefined=_NO_NETWORK, length_power=-3
    ),
    "throat_density": Column(
        "1/m3", "throats of the network per volume", low=0.0, undefined=_NO_NETWORK, length_power=-3
    ),
    "coordination_number_mean": Column("-", "mean number of throats of a pore", low=0.0, undefined=_NO_PORES),
    "coordination_number_std": Column(
        "-", "standard deviation of the number of throats of a pore", low=0.0, undefined=_NO_PORES
    ),
    "pore_diameter_mean": Column(
        "m", "mean inscribed diameter of the pores of the network", low=0.0, undefined=_NO_PORES, length_power=1
    ),
    "pore_diameter_std": Column(
        "m", "standard deviation of the inscribed diameter of the pores", low=0.0, undefined=_NO_PORES, length_power=1
    ),
    "throat_diameter_mean": Column(
        "m", "mean inscribed diameter of the throats of the network", low=0.0, undefined=_NO_THROATS, length_power=1
    ),
    "throat_diameter_std": Column(
        "m",
        "standard deviation of the inscribed diameter of the throats",
        low=0.0,
        undefined=_NO_THROATS,
        length_power=1,
    ),
    "throat_length_mean": Column(
        "m", "mean distance of the two pores that a throat joins", low=0.0, undefined=_NO_THROATS, length_power=1
    ),
}


@descriptor(
    columns=_COLUMNS,
    tier="network",
    version=1,
    only_cubes=False,
    reference="doi:10.1103/PhysRevE.96.023307",
)
def pore_network(work: Workspace) -> Mapping[str, float]:
    """Gostick 2017, in cubes: voxels that are whole times as long in one direction are cut into them.

    Raises MissingExtraError where PoreSpy is not installed.
    """
    cubes = [round(edge) for edge in work.spacing]
    if not work.both_phases() or min(work.shape) == 1 or not np.allclose(cubes, work.spacing, rtol=_WHOLE):
        return dict.fromkeys(_COLUMNS, math.nan)
    mask = work.backend.to_host(work.pore)
    for axis, number in enumerate(cubes):
        mask = np.repeat(mask, number, axis) if number > 1 else mask
    network = _snow(mask)
    pores, throats = network["pore.inscribed_diameter"], network["throat.inscribed_diameter"]
    degrees = np.bincount(network["throat.conns"].astype(np.int64).reshape(-1), minlength=len(pores))
    return {
        "pore_density": len(pores) / work.content,
        "throat_density": len(throats) / work.content,
        "coordination_number_mean": _mean(degrees),
        "coordination_number_std": _std(degrees),
        "pore_diameter_mean": _mean(pores),
        "pore_diameter_std": _std(pores),
        "throat_diameter_mean": _mean(throats),
        "throat_diameter_std": _std(throats),
        "throat_length_mean": _mean(network["throat.direct_length"]),
    }


def _snow(mask: NDArray[np.bool_]) -> Mapping[str, NDArray[Any]]:
    """Arrays of the network by their names; lengths in voxels."""
    with warnings.catch_warnings():
        # warnings to ignore: deprecations at import, divisions by the volume of empty regions
        warnings.simplefilter("ignore")
        try:
            import porespy
        except ImportError as error:
            raise MissingExtraError("porespy", "network", "the descriptor tier 'network'") from error
        porespy.settings.tqdm["disable"] = True
        return dict(porespy.networks.snow2(mask, boundary_width=0, parallel_kw=None).network)


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _std(values: NDArray[Any]) -> float:
    return float(np.std(values)) if len(values) else math.nan
