"""The diffusion problem of one phase and axis, solved once a batch for all families that need it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .declaration import AXES, Axis, Phase

if TYPE_CHECKING:
    from .batch import Batch
    from .workspace import Workspace

TOP = 0.01
"""Share of the spanning voxels that ``top_share`` looks at."""
STAGNANT = 0.1
"""Throughput, relative to the mean of the spanning voxels, below which a voxel is stagnant. A tenth is
where the share of such voxels no longer depends on how far the solver went (within 0.002)."""


@dataclass(frozen=True)
class Transport:
    """The part of a solution that the descriptors keep; NaN where the solver did not converge."""

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
    batch, key = work.batch, ("transport", phase, axis)
    with batch.lock(key):
        solved: dict[bool, list[Transport]] = batch.share(key, dict)
        if True in solved:
            return solved[True][work.index]
        if shares not in solved:
            solved[shares] = _solve(batch, phase, axis, shares=shares)
        return solved[shares][work.index]


def _solve(batch: Batch, phase: Phase, axis: Axis, *, shares: bool) -> list[Transport]:
    results = batch.backend.solve_diffusion(
        batch.mask(phase),
        AXES.index(axis),
        spanning=batch.spanning(phase, axis),
        edges=batch.spacing,
        keep_throughput=shares,
    )
    flows = [result.throughput if result.converged else None for result in results]
    known = iter(batch.backend.flux_statistics([flow for flow in flows if flow is not None], STAGNANT, TOP))
    found = []
    for result, flow in zip(results, flows, strict=True):
        nothing = 0.0 if result.relative_diffusivity == 0.0 else math.nan
        conducting, top_share = (nothing, math.nan) if flow is None else next(known)
        found.append(Transport(result.relative_diffusivity, result.converged, conducting, top_share))
    return found
