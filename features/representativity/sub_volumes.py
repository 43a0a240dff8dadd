"""Cutting a volume into equal sub-volumes of its own proportions."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .reasons import FEW, SHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...array_types import Mask
    from ..voxels import Spacing

PARTS = (2, 3, 4, 6, 8)
"""Parts into which each edge is cut."""
FEWEST = 27
"""Sub-volumes from which a spread is known."""
_THINNEST = 8
"""Voxels along an axis that a sub-volume has at least."""
_LENGTHS = 2.0
"""Correlation lengths along an axis that a sub-volume is wide at least."""


@dataclass(frozen=True)
class Cut:
    """One size of sub-volumes; ``reason`` says why nothing may follow from their spread."""

    parts: int
    shape: tuple[int, int, int]
    reason: str = ""
    width: float = math.inf
    """Correlation lengths along the axis along which it is fewest of them wide."""

    def pieces(self, mask: Mask) -> list[Mask]:
        """The sub-volumes, z slowest; what does not divide is left over on both sides."""
        starts = [
            [(whole - self.parts * edge) // 2 + place * edge for place in range(self.parts)]
            for whole, edge in zip(mask.shape, self.shape, strict=True)
        ]
        return [
            mask[tuple(slice(start, start + edge) for start, edge in zip(corner, self.shape, strict=True))]
            for corner in itertools.product(*starts)
        ]


def cuts(shape: Sequence[int], spacing: Spacing, lengths: Sequence[float]) -> tuple[Cut, ...]:
    """The sizes into which a volume of ``shape`` voxels can be cut, by its correlation lengths along z, y and x."""
    found = []
    for parts in PARTS:
        z, y, x = (length // parts for length in shape)
        if min(z, y, x) < _THINNEST:
            break
        widths = [edge * side / length for edge, side, length in zip((z, y, x), spacing, lengths, strict=True)]
        reason = FEW if parts**3 < FEWEST else "" if all(width >= _LENGTHS for width in widths) else SHORT
        found.append(Cut(parts, (z, y, x), reason, min(widths)))
    return tuple(found)
