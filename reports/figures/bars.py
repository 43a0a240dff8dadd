"""Lengths: parts of a whole, amounts beside each other, a range with its quantiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from .svg import drawing, element, path

WIDTH, HEIGHT = 180.0, 14.0


def stacked(shares: Sequence[float], width: float = 320.0) -> Markup:
    """Parts of 1 side by side; each has its own colour and, from the second on, its own hatching."""
    total = math.fsum(share for share in shares if share > 0) or 1.0
    parts, x = [], 0.0
    for index, share in enumerate(shares):
        length = max(share, 0.0) / total * width
        if length > 0:
            parts.append(
                element("rect", x=x, y=0, width=max(length - 1.0, 0.5), height=HEIGHT, class_=f"part part-{index % 4}")
            )
        x += length
    return drawing(width, HEIGHT, *parts, class_="stack")


def bar(value: float, most: float, kind: str = "booster") -> Markup:
    """A length in proportion to the largest."""
    length = value / most * (WIDTH - 2) if most > 0 and value > 0 else 0.0
    return drawing(
        WIDTH,
        HEIGHT,
        element("rect", x=0, y=2, width=max(length, 0.8), height=HEIGHT - 4, class_=f"bar {kind}"),
        class_="strip",
    )


def span(values: tuple[float, float, float, float, float]) -> Markup:
    """Lowest, 5 %, median, 95 % and highest value between their own ends."""
    low, p5, median, p95, high = values
    width, scale = 84.0, (high - low) or 1.0

    def at(value: float) -> float:
        return 3 + (value - low) / scale * (width - 6)

    if high == low:
        return drawing(width, HEIGHT, path(f"M{width / 2:g},2v10", "median"), class_="span")
    box = element("rect", x=at(p5), y=4, width=max(at(p95) - at(p5), 1.0), height=6, class_="box")
    return drawing(
        width,
        HEIGHT,
        path(f"M3,7H{width - 3:g}", "axis"),
        box,
        path(f"M{at(median):.1f},2v10", "median"),
        class_="span",
    )
