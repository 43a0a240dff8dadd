"""A distribution as a histogram."""

from __future__ import annotations

import math

from markupsafe import Markup

from ..format import count, number, unit
from ..summary.targets import Histogram
from .scales import Axis
from .svg import element, figure, joined, label, path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 360.0, 132.0, 4.0, 22.0, 14.0


def histogram(found: Histogram, key: str, title: str, unit_name: str) -> Markup:
    """Bars between the edges; the highest count stands at its bar."""
    floor, most = HEIGHT - BOTTOM, max(found.counts)
    described = (
        f"{count(sum(found.counts))} values between {number(found.edges[0])} and {number(found.edges[-1])} {unit(unit_name)}; "
        f"at most {count(most)} in one of {len(found.counts)} bins."
    )
    axis = _axis(found)
    parts = []
    peak = found.counts.index(most)
    for index, (low, high, n) in enumerate(zip(found.edges, found.edges[1:], found.counts, strict=False)):
        left, right = (axis.at(low), axis.at(high)) if len(found.counts) > 1 else (WIDTH / 2 - 8, WIDTH / 2 + 8)
        height = n / most * (floor - TOP)
        if n:
            parts.append(
                element(
                    "rect",
                    x=left + 0.5,
                    y=floor - height,
                    width=max(right - left - 1, 0.5),
                    height=height,
                    class_="bin",
                )
            )
            if index == peak:
                anchor = "start" if left < WIDTH * 0.1 else "end" if right > WIDTH * 0.9 else "middle"
                place = {"start": left, "end": right, "middle": (left + right) / 2}[anchor]
                parts.append(label(place, floor - height - 3, count(n), "tick", anchor))
    return figure(key, title, described, WIDTH, HEIGHT, *parts, _ticks(found, axis, floor))


def _axis(found: Histogram) -> Axis:
    low, high = found.edges[0], found.edges[-1]
    if found.log:
        low, high = math.log(low), math.log(high)
    return Axis(low, high, LEFT, WIDTH - LEFT, log=found.log)


def _ticks(found: Histogram, axis: Axis, floor: float) -> Markup:
    base = path(f"M{LEFT:g},{floor:g}H{WIDTH - LEFT:g}", "axis")
    if len(found.counts) == 1:
        return joined((base, label(WIDTH / 2, floor + 15, number(found.edges[0]), anchor="middle")))
    placed = axis.ticks(4)
    lines = path("".join(f"M{x:.1f},{floor:g}v4" for x, _ in placed), "axis")
    texts = joined(label(min(max(x, 14.0), WIDTH - 14), floor + 16, text, anchor="middle") for x, text in placed)
    return joined((base, lines, texts))
