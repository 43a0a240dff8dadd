"""A number over the size of the sub-volume that is looked at, a panel each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from ..format import quantity
from ..summary.size_effect import SizeEffect
from .scales import Axis
from .svg import coordinate, element, figure, joined, label, path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330.0, 200.0, 58.0, 14.0, 28.0, 40.0
_ACROSS = 2
_BARS = 4.0


def size_effects(found: Sequence[SizeEffect], key: str = "size-effect") -> Markup:
    """Mean and standard deviation over sub-volumes of each size on a logarithmic axis of their edge; the whole with its interval."""
    panels = [
        element(
            "g",
            _panel(effect),
            transform=f"translate({coordinate(place % _ACROSS * WIDTH)} {coordinate(place // _ACROSS * HEIGHT)})",
        )
        for place, effect in enumerate(found)
    ]
    said = "; ".join(f"{effect.name} {quantity(effect.value, effect.unit)}" for effect in found)
    rows = -(-len(found) // _ACROSS)
    title = "Descriptors over the size of the sub-volume"
    described = f"Mean and standard deviation over sub-volumes of each size. Of the whole: {said}."
    return figure(key, title, described, min(len(found), _ACROSS) * WIDTH, rows * HEIGHT, *panels)


def _panel(effect: SizeEffect) -> Markup:
    sizes = effect.known_sizes
    ends = [
        *(size.mean + side * size.std for size in sizes for side in (-1, 1) if math.isfinite(size.std)),
        *(size.mean for size in sizes),
        *((effect.low, effect.high) if effect.bounded else ()),
    ]
    unit = "" if effect.unit == "-" else f" [{effect.unit}]"
    head = label(LEFT, 16.0, f"{effect.name}{unit}", "axis-title")
    if not sizes:
        return joined((head, label(LEFT, TOP + 30.0, effect.reason)))
    low, high = min(ends), max(ends)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    y = Axis(low - margin, high + margin, HEIGHT - BOTTOM, TOP)
    edges = [size.edge for size in sizes]
    x = Axis(math.log(min(edges) * 0.9), math.log(max(edges) * 1.1), LEFT, WIDTH - RIGHT, log=True)
    whiskers = "".join(
        f"M{x.at(size.edge):.1f},{y.at(size.mean - size.std):.1f}V{y.at(size.mean + size.std):.1f}"
        for size in sizes
        if math.isfinite(size.std)
    )
    line = "L".join(f"{x.at(size.edge):.1f},{y.at(size.mean):.1f}" for size in sizes)
    parts = [head, _frame(x, y, effect), path(whiskers, "whisker"), path(f"M{line}", "curve booster")]
    parts += [element("circle", cx=x.at(size.edge), cy=y.at(size.mean), r=3, class_="mark booster") for size in sizes]
    if effect.bounded:
        at = x.at(max(edges))
        ends_of_it = "".join(f"M{at - _BARS:.1f},{y.at(end):.1f}h{2 * _BARS:g}" for end in (effect.low, effect.high))
        parts.append(path(f"M{at:.1f},{y.at(effect.low):.1f}V{y.at(effect.high):.1f}{ends_of_it}", "band-whisker"))
    return joined(parts)


def _frame(x: Axis, y: Axis, effect: SizeEffect) -> Markup:
    floor = HEIGHT - BOTTOM
    ys, xs = y.ticks(4), x.ticks(4)
    return joined(
        (
            path("".join(f"M{LEFT:g},{at:.1f}H{WIDTH - RIGHT:g}" for at, _ in ys), "grid"),
            path(f"M{LEFT:g},{y.at(effect.value):.1f}H{WIDTH - RIGHT:g}", "reference"),
            path("".join(f"M{at:.1f},{floor:g}v4" for at, _ in xs), "axis"),
            *(label(LEFT - 6, at + 3.5, text, anchor="end") for at, text in ys),
            *(label(at, floor + 15, text, anchor="middle") for at, text in xs),
            label(
                (LEFT + WIDTH - RIGHT) / 2,
                floor + 33,
                f"edge of the sub-volume [{effect.length_unit}]",
                "axis-title",
                "middle",
            ),
        )
    )
