"""Scores along the number of training groups, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from ..format import count, score
from ..summary.learning import Curve
from .marks import known_kind, mark
from .scales import Axis, ticks
from .svg import figure, joined, label, path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 250.0, 40.0, 14.0, 24.0, 40.0
FLOOR = -1.0
"""Scores far below 0 are shown at the lower end."""


def curves(found: Sequence[Curve], key: str, title: str, metric: str) -> Markup:
    """Lines over a logarithmic axis of training groups; ``found`` share one metric and one kind of group."""
    points = [point for curve in found for point in curve.points if point.score.known]
    groups = sorted({point.n_groups for point in points if point.n_groups > 0})
    values = [x for point in points for x in (point.score.value, point.score.lo, point.score.hi) if math.isfinite(x)]
    low, high = max(min([0.0, *values]), FLOOR), max([*values, 0.1])
    margin = 0.06 * (high - low)
    x = Axis(
        math.log(min(groups, default=1) * 0.9), math.log(max(groups, default=2) * 1.1), LEFT, WIDTH - RIGHT, log=True
    )
    y = Axis(low - margin, high + margin, HEIGHT - BOTTOM, TOP)
    parts = [_frame(x, y, groups, found[0].along_label, metric)]
    for curve in found:
        known = [point for point in curve.points if point.score.known and point.n_groups > 0]
        kind = known_kind(curve.about.model.kind)
        line = "L".join(f"{x.at(point.n_groups):.1f},{y.clipped(point.score.value):.1f}" for point in known)
        bars = "".join(
            f"M{x.at(point.n_groups):.1f},{y.clipped(point.score.lo):.1f}V{y.clipped(point.score.hi):.1f}"
            for point in known
            if point.score.bounded
        )
        parts += [path(bars, "whisker"), path(f"M{line}", f"curve {kind}")] if known else []
        parts += [mark(kind, x.at(point.n_groups), y.clipped(point.score.value)) for point in known]
    last = [f"{curve.about.model.label}: {score(curve.points[-1].score.value)}" for curve in found if curve.points]
    described = f"{metric} over {found[0].along_label}, from {count(min(groups, default=0))} to {count(max(groups, default=0))}. At the end {'; '.join(last)}."
    return figure(key, title, described, WIDTH, HEIGHT, *parts)


def _frame(x: Axis, y: Axis, groups: Sequence[int], x_title: str, y_title: str) -> Markup:
    floor = HEIGHT - BOTTOM
    ys = [(y.at(value), value) for value in ticks(y.low, y.high, 5)]
    grid = "".join(f"M{LEFT:g},{at:.1f}H{WIDTH - RIGHT:g}" for at, _ in ys)
    texts = [label(LEFT - 6, at + 3.5, score(value, 2), anchor="end") for at, value in ys]
    last = -math.inf
    for n in groups:
        if x.at(n) - last > 26:  # noqa: PLR2004  numbers need space
            texts.append(label(x.at(n), floor + 15, count(n), anchor="middle"))
            last = x.at(n)
    zero = path(f"M{LEFT:g},{y.at(0):.1f}H{WIDTH - RIGHT:g}", "reference") if y.low < 0 < y.high else Markup()
    return joined(
        (
            path(grid, "grid"),
            zero,
            path("".join(f"M{x.at(n):.1f},{floor:g}v4" for n in groups), "axis"),
            *texts,
            label((LEFT + WIDTH - RIGHT) / 2, floor + 33, x_title, "axis-title", "middle"),
            label(LEFT - 6, TOP - 13, y_title, "axis-title", "end"),
        )
    )
