"""Paired differences of all models on one target under one regime, and Holm's correction over many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Floats, linear_interval, p_value
from .panels import Panel, Sums
from .scores import r2

SIGNIFICANT = 0.05


def difference_rows(panel: Panel) -> Iterator[dict[str, Any]]:
    """R2 of a minus R2 of b for every pair; ``p_holm`` and ``verdict`` follow from ``decide``.

    p tests that both have the same sum of squared errors, on the logarithm of their ratio: where one
    model errs far more, its few worst designs decide the spread of the difference but not of the ratio.
    """
    scores = {key: r2(panel, key) for key in panel.models}
    freedom = panel.cells.degrees_of_freedom
    for a, b in combinations(scores, 2):
        value, draws = scores[a].value - scores[b].value, scores[a].draws - scores[b].draws
        interval = linear_interval(value, draws, freedom)
        ratio, ratio_draws = _log_ratio(panel.models[a], panel.models[b])
        yield {
            "target": panel.target,
            "regime": panel.regime,
            "model_a": a[0],
            "features_a": a[1],
            "model_b": b[0],
            "features_b": b[1],
            "scale": panel.scale,
            "difference": value,
            "lo": interval.lo,
            "hi": interval.hi,
            "p": p_value(ratio, ratio_draws, freedom),
        }


def decide(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with ``p_holm``, corrected over all pairs and targets of each regime, and ``verdict``.

    verdict: ``a`` or ``b`` where the better one stands after the correction and its interval leaves
    out 0, else ``undetermined``.
    """
    regime = np.array([row["regime"] for row in rows], object)
    corrected = np.full(len(rows), np.nan)
    for name in set(regime):
        corrected[regime == name] = holm(np.array([row["p"] for row in rows if row["regime"] == name], np.float64))
    return [
        {**row, "p_holm": float(p), "verdict": _verdict(row, float(p))} for row, p in zip(rows, corrected, strict=True)
    ]


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's step-down p values (Holm 1979): never smaller than p, in the same order; NaN takes no part."""
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p)[: int(np.isfinite(p).sum())]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return corrected


def _log_ratio(a: Sums, b: Sums) -> tuple[float, Floats]:
    """ln(SSE of b / SSE of a) on the rows and in each draw; infinite where one errs nowhere, 0 where neither does."""
    if a.point["se"] == b.point["se"]:
        return 0.0, np.log(
            np.divide(b.draws["se"], a.draws["se"], out=np.ones_like(a.draws["se"]), where=a.draws["se"] > 0)
        )
    with np.errstate(divide="ignore"):
        return float(np.log(b.point["se"]) - np.log(a.point["se"])), np.log(b.draws["se"]) - np.log(a.draws["se"])


def _verdict(row: Mapping[str, Any], p_holm: float) -> str:
    interval_holds_zero = not (row["lo"] > 0 or row["hi"] < 0)
    if interval_holds_zero or not p_holm < SIGNIFICANT:
        return "undetermined"
    return "a" if row["difference"] > 0 else "b"
