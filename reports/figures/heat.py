"""Levels of a heat table; the number in the cell is the twin of its colour."""

from __future__ import annotations

from bisect import bisect_right

from ..summary.estimate import Estimate

BOUNDS = (-0.5, -0.05, 0.05, 0.2, 0.4, 0.6, 0.8)
CLASSES = ("m2", "m1", "zero", "p1", "p2", "p3", "p4", "p5")


def level(found: Estimate) -> str:
    """The class of a cell; ``blank`` where there is no value, with ``unsure`` where the interval holds 0."""
    if not found.known:
        return "blank"
    return CLASSES[bisect_right(BOUNDS, found.value)] + (" unsure" if found.sign == "undetermined" else "")
