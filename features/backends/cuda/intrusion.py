"""Balls brought in from the six faces of a volume: the bottlenecks that they pass, and what they cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..protocol import Intrusion
from .balls import local_thickness
from .levels import integer_histogram
from .rounds import at_face
from .widest import bottleneck_map

if TYPE_CHECKING:
    from ....array_types import Int64
    from ..protocol import Weights
    from .device import Device


def thickness_histogram(device: Device, squared: Any, weights: Weights = (1, 1, 1)) -> list[Int64]:
    """Of float32[batch, z, y, x]: how many voxels have each squared radius as that of the largest ball that covers them."""
    found = integer_histogram(device, local_thickness(device, squared, weights))
    for counts in found:
        counts[0] = 0
    return found


def intrusion(device: Device, squared: Any, weights: Weights = (1, 1, 1)) -> list[Intrusion]:
    """What balls from each face cover, by the squared distances float32[batch, z, y, x] of a phase."""
    passing, counts = [], []
    for axis in range(3):
        for side in range(2):
            widths = bottleneck_map(device, squared, axis, side)
            if side == 0:
                passing.append(_passing(widths, axis))
            counts.append(thickness_histogram(device, widths, weights))
    return [
        Intrusion(each, through)
        for each, through in zip(zip(*counts, strict=True), _on_host(device, passing), strict=True)
    ]


def bottlenecks(device: Device, squared: Any) -> list[tuple[int, int, int]]:
    """Squared radius of the largest ball that passes from face to face of each axis, 0 for none, of each volume."""
    return _on_host(device, [_passing(bottleneck_map(device, squared, axis, 0), axis) for axis in range(3)])


def _passing(widths: Any, axis: int) -> Any:
    """The widest of the ways from the low face that reach the high face of an axis, of each volume, on the device."""
    return widths[at_face(axis, 1)].reshape(len(widths), -1).max(axis=1)


def _on_host(device: Device, passing: list[Any]) -> list[tuple[int, int, int]]:
    (found,) = device.download(device.xp.stack(passing, axis=1))
    return [(int(z), int(y), int(x)) for z, y, x in found]
