"""Estimates as marks with their intervals, small enough for a table cell."""

from __future__ import annotations

from markupsafe import Markup

from ..summary.estimate import Estimate
from .marks import line, mark
from .scales import Axis
from .svg import drawing, joined, label, path

WIDTH, HEIGHT, PAD, ROW = 180.0, 18.0, 8.0, 9.0
SKILL_LOW, SKILL_HIGH = -0.5, 1.0
"""All skills share one axis, so that rows compare across tables; what lies outside ends in an arrow."""


def _axis(low: float, high: float) -> Axis:
    return Axis(low, high, PAD, WIDTH - PAD)


def interval(
    found: Estimate, kind: str, low: float = SKILL_LOW, high: float = SKILL_HIGH, reference: float = 0.0
) -> Markup:
    """A mark with its whiskers on low..high, over a line at ``reference``."""
    axis = _axis(low, high)
    at = axis.at(reference)
    parts = [line(at)]
    if found.known:
        if found.bounded:
            tips = (f"M{PAD + 3:g},{ROW - 3:g}l-3,3l3,3" if found.lo < low else "") + (
                f"M{WIDTH - PAD - 3:g},{ROW - 3:g}l3,3l-3,3" if found.hi > high else ""
            )
            parts.append(path(f"M{axis.clipped(found.lo):.1f},{ROW:g}H{axis.clipped(found.hi):.1f}{tips}", "whisker"))
        if found.value < low:
            parts.append(path(f"M{PAD + 5:g},{ROW - 4:g}L{PAD - 2:g},{ROW:g}l7,4", f"beyond {kind}"))
        elif found.value > high:
            parts.append(path(f"M{WIDTH - PAD - 5:g},{ROW - 4:g}l7,4l-7,4", f"beyond {kind}"))
        else:
            parts.append(mark(kind, axis.at(found.value), ROW))
    return drawing(WIDTH, HEIGHT, *parts, class_="strip")


def interval_axis(low: float = SKILL_LOW, high: float = SKILL_HIGH, reference: float = 0.0, n: int = 4) -> Markup:
    """The axis of a column of intervals, for its head."""
    axis = _axis(low, high)
    ticks = [(x, text) for x, text in axis.ticks(n) if PAD - 1 <= x <= WIDTH - PAD + 1]
    texts = joined(label(x, 9.0, text, anchor="middle") for x, text in ticks)
    lines = "".join(f"M{x:.1f},13v4" for x, _ in ticks)
    at = axis.at(reference)
    return drawing(
        WIDTH, 17, texts, path(lines, "axis"), path(f"M{PAD:g},16.5H{WIDTH - PAD:g}", "axis"),
        path(f"M{at:.1f},12v5", "reference"), class_="strip",
    )  # fmt: skip


def dumbbell(first: float, second: float, low: float = -0.25, high: float = 1.0) -> Markup:
    """Two values of one thing joined by a line: ring for the first, disc for the second."""
    axis = _axis(low, high)
    known = [value for value in (first, second) if value == value]  # noqa: PLR0124  NaN differs from itself
    parts = [line(axis.at(0))]
    if len(known) == 2:  # noqa: PLR2004
        parts.append(path(f"M{axis.clipped(first):.1f},{ROW:g}H{axis.clipped(second):.1f}", "gap"))
    for value, kind in ((first, "trivial"), (second, "booster")):
        if value == value:  # noqa: PLR0124
            parts.append(mark(kind, axis.clipped(value), ROW))
    return drawing(WIDTH, HEIGHT, *parts, class_="strip")
