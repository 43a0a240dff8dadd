"""Goals of the benchmark, and whether its figures reach them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

_MEBIBYTE = 2**20


def goals(result: dict[str, Any], regular: Sequence[str], stress: str) -> list[dict[str, Any]]:
    """One record a goal that the result has figures for: ``goal``, ``value``, ``limit``, ``sense`` (<= or >=), ``met``.

    regular, stress: names of the fields of the tortuosity comparison.
    """
    return [
        {
            "goal": goal,
            "value": value,
            "limit": limit,
            "sense": sense,
            "met": value <= limit if sense == "<=" else value >= limit,
        }
        for goal, value, sense, limit in _figures(result, regular, stress)
    ]


def _figures(result: dict[str, Any], regular: Sequence[str], stress: str) -> Iterator[tuple[str, float, str, float]]:
    rows = {row["field"]: row for row in result["tortuosity"]}
    ratios = [rows[name]["ratio"] for name in regular if "ratio" in rows[name]]
    if ratios:
        yield "tortuosity, times faster than TauFactor, median of the fields", statistics.median(ratios), ">=", 35.0
    if "ratio" in rows[stress]:
        yield "tortuosity, times faster than TauFactor, white noise", rows[stress]["ratio"], ">=", 20.0
    errors = [abs(row["error"]) for row in rows.values() if row.get("error") is not None]
    if errors:
        yield "tortuosity, largest relative error", max(errors), "<=", 1e-4
    scaling = result["scaling"]
    if len(scaling) > 1:
        first, last = scaling[0], scaling[-1]
        exponent = math.log(last["seconds"] / first["seconds"]) / math.log(last["edge"] / first["edge"]) / 3.0
        yield "tortuosity, exponent of the cost in the number of voxels", exponent, "<=", 1.1
    longest = max(row["times_one_phase"] for row in result["solvers"])
    yield "conduction of other kinds, times one phase in cubes", longest, "<=", 1.5
    own = result["set"]
    yield "peer-comparable set, seconds", own["seconds"], "<=", 2.0
    yield "peer-comparable set, peak MiB", own["peak_bytes"] / _MEBIBYTE, "<=", 350.0
    if all("peer" in row for row in result["quantities"]):
        theirs = sum(row["peer"]["seconds"] for row in result["quantities"])
        yield "peer-comparable set, times faster than the peers", theirs / own["seconds"], ">=", 30.0
    yield "both tiers, seconds", result["everything"]["seconds"], "<=", 4.0
