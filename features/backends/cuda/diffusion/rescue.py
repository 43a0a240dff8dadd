"""Volumes that conjugate gradients cannot settle: the CPU reduces them to a network of resistors.

Of a single winding channel, tens of thousands of voxels long, aggregates join what is far apart along the way, and
no number of steps helps. The elimination that solves it exactly is serial, so it is left to the CPU.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...cpu.diffusion import solve_diffusion as solve_on_cpu

if TYPE_CHECKING:
    from ...cpu.diffusion import DiffusionResult
    from ..device import Device

log = logging.getLogger(__name__)


def rescue(
    device: Device, mask: Any, spanning: Any, axis: int, *, keep_throughput: bool, tried: DiffusionResult
) -> DiffusionResult:
    """Solve one volume (bool[z, y, x] on the device) on the CPU; its throughput is brought to the device."""
    log.info(
        "diffusion along axis %d did not settle in %d steps on the device (remainder %.1e): solved on the CPU",
        axis,
        tried.iterations,
        tried.remainder,
    )
    on_host, ways = device.download(mask, spanning)
    found = solve_on_cpu(on_host, axis, spanning=ways, keep_throughput=keep_throughput)
    return replace(
        found,
        iterations=tried.iterations + found.iterations,
        throughput=None if found.throughput is None else device.upload(found.throughput),
    )
