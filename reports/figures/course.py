"""Score over seconds of training."""

from __future__ import annotations

import math

from markupsafe import Markup

from ..format import duration, score
from ..summary.training import Training
from .marks import known_kind, mark
from .scales import Axis, ticks
from .svg import figure, joined, label, path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 200.0, 40.0, 14.0, 24.0, 40.0
FLOOR = -1.0
"""Scores far below 0 are shown at the lower end."""


def course(found: Training, key: str) -> Markup:
    """One line from the first epoch to the end of the longest training."""
    seconds, scores = zip(*found.points, strict=True)
    low, high = max(min(0.0, *scores), FLOOR), max(*scores, 0.1)
    margin = 0.06 * (high - low)
    x = Axis(0.0, max(*seconds, 1e-3), LEFT, WIDTH - RIGHT)
    y = Axis(low - margin, high + margin, HEIGHT - BOTTOM, TOP)
    kind = known_kind(found.model.kind)
    line = "L".join(f"{x.at(t):.1f},{y.clipped(value):.1f}" for t, value in found.points)
    title = f"Score over seconds of training: {found.model.label}"
    told = f"From {score(scores[0])} to {score(scores[-1])} after {duration(seconds[-1])}."
    end = mark(kind, x.at(seconds[-1]), y.clipped(scores[-1]))
    return figure(key, title, told, WIDTH, HEIGHT, _frame(x, y), path(f"M{line}", f"curve {kind}"), end)


def _frame(x: Axis, y: Axis) -> Markup:
    floor = HEIGHT - BOTTOM
    ys = [(y.at(value), value) for value in ticks(y.low, y.high, 4)]
    xs = x.ticks(5)
    zero = path(f"M{LEFT:g},{y.at(0):.1f}H{WIDTH - RIGHT:g}", "reference") if y.low < 0 < y.high else Markup()
    return joined(
        (
            path("".join(f"M{LEFT:g},{at:.1f}H{WIDTH - RIGHT:g}" for at, _ in ys), "grid"),
            zero,
            path("".join(f"M{at:.1f},{floor:g}v4" for at, _ in xs), "axis"),
            *(label(LEFT - 6, at + 3.5, score(value, 2), anchor="end") for at, value in ys if math.isfinite(value)),
            *(label(at, floor + 15, text, anchor="middle") for at, text in xs),
            label((LEFT + WIDTH - RIGHT) / 2, floor + 33, "seconds of training", "axis-title", "middle"),
            label(LEFT - 6, TOP - 13, "score", "axis-title", "end"),
        )
    )
