"""Observed against predicted values as hexagons, and residuals as quantile bands."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from ..format import count, number, unit
from ..summary.parity import N_ACROSS, Band, Hexagon, ParityPlot
from .scales import Axis
from .svg import coordinate, element, figure, joined, label, path

SIDE, LEFT, BOTTOM, TOP = 300.0, 46.0, 40.0, 8.0
WIDTH, HEIGHT = LEFT + SIDE + 14, TOP + SIDE + BOTTOM
LEVELS = 5


def parity_plot(plot: ParityPlot, key: str, title: str, unit_name: str) -> Markup:
    """Hexagons of rows, the line where both agree, and the quantile bands as whiskers."""
    x = Axis(plot.low, plot.high, LEFT, LEFT + SIDE, plot.log)
    y = Axis(plot.low, plot.high, TOP + SIDE, TOP, plot.log)
    whiskers = "".join(
        f"M{x.clipped(band.predicted):.1f},{y.clipped(band.lo):.1f}V{y.clipped(band.hi):.1f}" for band in plot.bands
    )
    medians = joined(
        element("circle", cx=x.clipped(band.predicted), cy=y.clipped(band.median), r=2.6, class_="band-median")
        for band in plot.bands
    )
    described = (
        f"{count(plot.n)} out-of-fold predictions; darker hexagons hold more rows, at most {count(max((h.n for h in plot.hexagons), default=0))}. "
        "Whiskers span the 5 to 95 % quantiles of what was observed among neighbouring predictions, dots their median."
    )
    claimed = [
        (x.clipped(band.predicted), (y.clipped(band.claimed_lo), y.clipped(band.claimed_hi)))
        for band in plot.bands
        if band.claims
    ]
    return figure(
        key, title, described, WIDTH, HEIGHT,
        _frame(x, y, f"predicted{_suffix(unit_name)}", f"observed{_suffix(unit_name)}"),
        _hexagons(plot.hexagons),
        _claimed(claimed), path(f"M{LEFT:g},{TOP + SIDE:g}L{LEFT + SIDE:g},{TOP:g}", "identity"),
        path(whiskers, "band-whisker"), medians,
    )  # fmt: skip


def residual_plot(plot: ParityPlot, key: str, title: str, unit_name: str) -> Markup:
    """Observed minus predicted over the prediction: the 5 to 95 % band and its median, and the bounds that are claimed."""
    reach = (
        max((abs(part) for band in plot.bands for part in (*band.residual, *_bounds(band))), default=0.0) * 1.1 or 1.0
    )
    x = _span(plot)
    y = Axis(-reach, reach, TOP + SIDE, TOP)
    points = [(x.clipped(band.predicted), [y.at(part) for part in band.residual]) for band in plot.bands]
    upper = [f"{coordinate(px)},{coordinate(py[2])}" for px, py in points]
    lower = [f"{coordinate(px)},{coordinate(py[0])}" for px, py in reversed(points)]
    middle = [f"{coordinate(px)},{coordinate(py[1])}" for px, py in points]
    area = path(f"M{'L'.join(upper + lower)}z", "band-area")
    if len(points) == 1:
        area = path(
            f"M{coordinate(points[0][0])},{coordinate(points[0][1][0])}V{coordinate(points[0][1][2])}", "band-whisker"
        )
    worst = max(plot.bands, key=lambda band: abs(band.residual[1]))
    described = (
        f"Observed minus predicted in {len(plot.bands)} groups of neighbouring predictions. The median is furthest from 0, "
        f"{number(worst.residual[1])}, where {number(worst.predicted)} is predicted."
    )
    return figure(
        key, title, described, WIDTH, HEIGHT,
        _frame(x, y, f"predicted{_suffix(unit_name)}", f"observed − predicted{_suffix(unit_name)}"),
        path(f"M{LEFT:g},{y.at(0):.1f}H{LEFT + SIDE:g}", "identity"),
        area, _claimed([(x.clipped(band.predicted), tuple(map(y.at, _bounds(band)))) for band in plot.bands if band.claims]),
        path(f"M{'L'.join(middle)}", "band-line"),
        joined(element("circle", cx=px, cy=py[1], r=2.6, class_="band-median") for px, py in points),
    )  # fmt: skip


def _span(plot: ParityPlot) -> Axis:
    """An axis over the predictions alone, which may span much less than what was observed."""
    at = [math.log(band.predicted) if plot.log else band.predicted for band in plot.bands]
    margin = 0.08 * (max(at) - min(at)) or (plot.high - plot.low) / 2
    return Axis(min(at) - margin, max(at) + margin, LEFT, LEFT + SIDE, plot.log)


def _bounds(band: Band) -> tuple[float, ...]:
    """The claimed bounds beside the prediction, if any."""
    return (band.claimed_lo - band.predicted, band.claimed_hi - band.predicted) if band.claims else ()


def _claimed(found: Sequence[tuple[float, tuple[float, ...]]]) -> Markup:
    """Two dashed lines through the bounds of each band."""
    if len(found) < 2:  # noqa: PLR2004  a line has two ends
        return Markup()
    lines = ("L".join(f"{coordinate(at)},{coordinate(bounds[side])}" for at, bounds in found) for side in (0, 1))
    return path("".join(f"M{line}" for line in lines), "claimed")


def _suffix(unit_name: str) -> str:
    return f" / {unit(unit_name)}" if unit(unit_name) else ""


def _frame(x: Axis, y: Axis, x_title: str, y_title: str) -> Markup:
    floor = TOP + SIDE
    xs, ys = x.ticks(4), y.ticks(5)
    grid = "".join(f"M{at:.1f},{TOP:g}V{floor:g}" for at, _ in xs) + "".join(
        f"M{LEFT:g},{at:.1f}H{LEFT + SIDE:g}" for at, _ in ys
    )
    texts = [label(at, floor + 14, text, anchor="middle") for at, text in xs]
    texts += [label(LEFT - 6, at + 3.5, text, anchor="end") for at, text in ys]
    titles = [
        label(LEFT + SIDE / 2, floor + 33, x_title, "axis-title", "middle"),
        element(
            "text",
            y_title,
            transform=f"translate(10 {TOP + SIDE / 2:g}) rotate(-90)",
            class_="axis-title",
            text_anchor="middle",
        ),
    ]
    return joined((path(grid, "grid"), *texts, *titles))


def _hexagons(found: tuple[Hexagon, ...]) -> Markup:
    """One path a level of density, so that a thousand hexagons stay small."""
    radius = SIDE / N_ACROSS / math.sqrt(3)
    half, most = SIDE / N_ACROSS / 2, max((item.n for item in found), default=1)
    shape = f"l{coordinate(half)},{coordinate(radius / 2)}v{coordinate(radius)}l{coordinate(-half)},{coordinate(radius / 2)}"
    shape += f"l{coordinate(-half)},{coordinate(-radius / 2)}v{coordinate(-radius)}z"
    levels: dict[int, list[str]] = {}
    for item in found:
        level = 1 + min(int(LEVELS * math.log1p(item.n - 1) / math.log1p(most - 1)), LEVELS - 1) if most > 1 else LEVELS
        x = LEFT + (item.column + (item.row % 2) / 2) / N_ACROSS * SIDE
        y = TOP + SIDE - item.row * math.sqrt(3) / 2 / N_ACROSS * SIDE - radius
        levels.setdefault(level, []).append(f"M{coordinate(x)},{coordinate(y)}{shape}")
    return joined(path("".join(levels[level]), f"hexagon level-{level}") for level in sorted(levels))
