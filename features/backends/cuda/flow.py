"""Statistics of the distribution of the flow over the voxels of a phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .device import Device


def flux_statistics(
    device: Device, throughputs: Sequence[Any], stagnant: float, top: float
) -> list[tuple[float, float]]:
    """For each volume: voxels with at least ``stagnant``, and the share of the whole that the ``top`` share carries.

    A throughput is float32[z, y, x] with mean 1 over the voxels that conduct, so that its sum is their number.
    """
    if not throughputs:
        return []
    xp = device.xp
    flat = xp.stack([throughput.reshape(-1) for throughput in throughputs])
    conducting = xp.count_nonzero(flat >= xp.float32(stagnant), axis=1)
    total = flat.sum(axis=1, dtype=xp.float64)
    number = xp.maximum(1.0, xp.rint(top * total))
    flat = xp.sort(flat, axis=1)
    largest = xp.arange(flat.shape[1]) >= flat.shape[1] - number.reshape(-1, 1)
    carried = xp.where(largest, flat, xp.float32(0.0)).sum(axis=1, dtype=xp.float64)
    counts, shares = device.download(conducting, carried / total)
    return [(float(count), float(share)) for count, share in zip(counts, shares, strict=True)]
