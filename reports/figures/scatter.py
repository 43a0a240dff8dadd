"""Two columns of numbers against each other, as an SVG file that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ..format import count, number
from .scales import Axis
from .svg import element, figure, joined, label, path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480.0, 360.0, 64.0, 16.0, 12.0, 48.0
_STYLE = """
svg { background: #fff; color: #1b1f24; font: 12px system-ui, sans-serif }
text { fill: currentColor }
.grid { fill: none; stroke: currentColor; stroke-opacity: .15 }
.point { fill: #1f6f8b; fill-opacity: .75 }
@media (prefers-color-scheme: dark) {
  svg { background: #14171b; color: #e6e8eb }
  .point { fill: #6cc3dc }
}
"""


def scatter_file(x: Sequence[float], y: Sequence[float], x_title: str, y_title: str) -> str:
    """The text of an SVG file with one point a pair of finite numbers."""
    drawn = scatter(x, y, x_title, y_title)
    opening = '<svg xmlns="http://www.w3.org/2000/svg"'
    # a file has a name space and brings its style, which a page has for all of its figures
    whole = str(drawn).replace("<svg", f'{opening} width="{WIDTH:g}" height="{HEIGHT:g}"', 1)
    return whole.replace(">", f"><style>{_STYLE}</style>", 1) + "\n"


def scatter(x: Sequence[float], y: Sequence[float], x_title: str, y_title: str) -> Markup:
    """One point a pair of finite numbers, with axes; needs at least one."""
    across, up = _axis(x, LEFT, WIDTH - RIGHT), _axis(y, HEIGHT - BOTTOM, TOP)
    floor = HEIGHT - BOTTOM
    xs, ys = across.ticks(5), up.ticks(5)
    grid = "".join(f"M{at:.1f},{TOP:g}V{floor:g}" for at, _ in xs)
    grid += "".join(f"M{LEFT:g},{at:.1f}H{WIDTH - RIGHT:g}" for at, _ in ys)
    points = joined(
        element("circle", cx=across.at(a), cy=up.at(b), r=4.0, class_="point") for a, b in zip(x, y, strict=True)
    )
    turned = f"translate(14 {(TOP + floor) / 2:g}) rotate(-90)"
    described = (
        f"{count(len(x))} points; {x_title} from {number(min(x))} to {number(max(x))}, "
        f"{y_title} from {number(min(y))} to {number(max(y))}."
    )
    return figure(
        "scatter", f"{y_title} against {x_title}", described, WIDTH, HEIGHT,
        path(grid, "grid"), points,
        *(label(at, floor + 16, text, anchor="middle") for at, text in xs),
        *(label(LEFT - 8, at + 4, text, anchor="end") for at, text in ys),
        label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_title, "axis-title", "middle"),
        element("text", y_title, transform=turned, class_="axis-title", text_anchor="middle"),
    )  # fmt: skip


def _axis(values: Sequence[float], start: float, end: float) -> Axis:
    """An axis over the values with a margin of a twentieth; one value stands in the middle."""
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return Axis(low - margin, high + margin, start, end)
