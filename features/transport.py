"""The diffusion problem of one phase and axis, solved once a volume for all families that need it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .declaration import AXES, Axis, Phase

if TYPE_CHECKING:
    from .workspace import Workspace

TOP = 0.01
"""Share of the spanning voxels that ``top_share`` looks at."""
STAGNANT = 0.1
"""Throughput, relative to the mean of the spanning voxels, below which a voxel is stagnant. A tenth is
where the share of such voxels no longer depends on how far the solver went (within 0.002)."""


@dataclass(frozen=True)
class Transport:
    """What the descriptors keep of a solution; NaN where the solver did not converge."""

    relative_diffusivity: float
    """Effective over bulk diffusivity, 0 where no component of the phase touches both faces."""
    converged: bool
    conducting: float
    """Voxels whose throughput is at least ``STAGNANT``."""
    top_share: float
    """Share of the throughput of all voxels that the top hundredth carries; NaN where nothing spans."""


def transport(work: Workspace, phase: Phase, axis: Axis, *, shares: bool = False) -> Transport:
    """Steady diffusion through one phase between the outer faces of an axis; ``shares``: with the last two fields.

    What was solved with them serves those who ask without.
    """
    key = ("transport", phase, axis)
    with work.lock(key):
        solved: dict[bool, Transport] = work.share(key, dict)
        if True in solved:
            return solved[True]
        if shares not in solved:
            solved[shares] = _solve(work, phase, axis, shares=shares)
        return solved[shares]


def _solve(work: Workspace, phase: Phase, axis: Axis, *, shares: bool) -> Transport:
    result = work.backend.solve_diffusion(
        work.mask(phase), AXES.index(axis), spanning=work.spanning(phase, axis), keep_throughput=shares
    )
    conducting, top_share = 0.0 if result.relative_diffusivity == 0.0 else math.nan, math.nan
    if result.throughput is not None and result.converged:
        conducting, top_share = _shares(work.backend.xp, result.throughput)
    return Transport(result.relative_diffusivity, result.converged, conducting, top_share)


def _shares(xp: Any, throughput: Any) -> tuple[float, float]:
    """Number of voxels that are not stagnant, and the share of the top hundredth."""
    conducting = int(xp.count_nonzero(throughput >= STAGNANT))
    total = float(throughput.sum(dtype=xp.float64))
    # the mean over the spanning voxels is 1, so the total is their number
    top = max(1, round(TOP * total))
    flat = throughput.ravel()
    flat = flat[flat > 0.0]
    largest = xp.partition(flat, len(flat) - top)[len(flat) - top :]
    return float(conducting), float(largest.sum(dtype=xp.float64)) / total
