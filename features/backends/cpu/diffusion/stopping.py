"""Stopping rule of conjugate gradients for the energy: by the decrease of each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

_SLOWEST = 0.95
_FASTEST = 0.1
"""Bounds of the ratio of successive decrements that the remainder is extrapolated with."""


@dataclass
class Progress:
    """Energy decrements of conjugate gradients and the remainder that they imply.

    The energy exceeds the true one by the squared error of the potential, and every step lowers it by
    exactly ``alpha r . z`` (Hestenes and Stiefel 1952). Decrements fall about geometrically, so what is
    left to gain is estimated from the last one and the slower of the last two ratios.
    """

    energy: float
    tolerance: float
    remainder: float = float("inf")
    """Estimated excess of the energy over its minimum."""
    decrements: list[float] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        """Steps taken."""
        return len(self.decrements)

    @property
    def settled(self) -> bool:
        """Whether the remainder is within the tolerance, relative to the energy."""
        return self.remainder <= self.tolerance * self.energy

    def settles(self, decrement: float) -> bool:
        """Note a step; whether it can be the last."""
        self.energy -= decrement
        self.decrements.append(decrement)
        last = self.decrements[-3:]
        if len(last) == 1:
            return False
        ratio = max(after / before for before, after in pairwise(last))
        ratio = min(max(ratio, _FASTEST), _SLOWEST)
        self.remainder = decrement * ratio / (1.0 - ratio)
        return self.settled

    def exhausted(self) -> None:
        """Whether nothing is left to gain."""
        self.remainder = 0.0
