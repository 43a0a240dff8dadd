"""Contributions of columns, a dot a row of a sample: a beeswarm."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from ..format import number
from ..summary.importance import N_LEVELS, Swarm
from .scales import Axis
from .svg import coordinate, figure, joined, label, path

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 620.0, 214.0, 12.0, 6.0, 40.0
ROW, DOT = 25.0, 4.0
LONGEST = 34


def beeswarm(swarms: Sequence[Swarm], key: str, title: str, unit_text: str) -> Markup:
    """A row a column; dots stand aside where they would cover each other, and are dark where the value is high."""
    values = [value for swarm in swarms for value in swarm.contributions]
    reach = max((abs(value) for value in values), default=1.0) * 1.04 or 1.0
    x = Axis(-reach, reach, LEFT, WIDTH - RIGHT)
    height = TOP + ROW * len(swarms) + BOTTOM
    floor = TOP + ROW * len(swarms)
    dots: dict[int, list[str]] = {level: [] for level in range(N_LEVELS)}
    for index, swarm in enumerate(swarms):
        middle = TOP + ROW * (index + 0.5)
        for at, aside, level in placed([x.at(value) for value in swarm.contributions], swarm.levels):
            dots[level].append(f"M{coordinate(at)},{coordinate(middle + aside)}h0")
    names = [
        label(LEFT - 10, TOP + ROW * (index + 0.5) + 3.5, _short(swarm.column), "tick name", "end")
        for index, swarm in enumerate(swarms)
    ]
    grid = "".join(f"M{LEFT:g},{TOP + ROW * (index + 0.5):g}H{WIDTH - RIGHT:g}" for index in range(len(swarms)))
    ticks = x.ticks(5)
    described = (
        f"Contributions of {len(swarms)} columns to single predictions, from {number(min(values, default=0.0))} to "
        f"{number(max(values, default=0.0))}; dots to the right raise the prediction."
    )
    return figure(
        key, title, described, WIDTH, height,
        path(grid, "grid"), path(f"M{x.at(0):.1f},{TOP:g}V{floor:g}", "reference"),
        joined(path("".join(found), f"dots level-{level}") for level, found in dots.items() if found),
        joined(names), joined(label(at, floor + 15, text, anchor="middle") for at, text in ticks),
        label((LEFT + WIDTH - RIGHT) / 2, floor + 33, f"contribution to the prediction{unit_text}", "axis-title", "middle"),
    )  # fmt: skip


def placed(positions: Sequence[float], levels: Sequence[int]) -> list[tuple[float, float, int]]:
    """(x, offset, level) of each dot: dots of one column of the width of a dot stand above and below each other."""
    most = int((ROW / 2 - DOT / 2) // (DOT * 0.75))
    taken: dict[int, int] = {}
    found = []
    for at, level in zip(positions, levels, strict=True):
        place = math.floor(at / DOT)
        rank = taken.get(place, 0)
        taken[place] = rank + 1
        # 0, 1, -1, 2, -2, ...; beyond the row they lie on one another
        step = (rank + 1) // 2 * (1 if rank % 2 else -1)
        found.append((at, max(-most, min(most, step)) * DOT * 0.75, level))
    return found


def _short(name: str) -> str:
    words = name.replace("_", " ")
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
