"""Paired differences of all models on one target under one regime, and Holm's correction over many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contrast import contrast
from .interval import Interval
from .losses import Key, LossTable

SIGNIFICANT = 0.05


def difference_rows(panel: LossTable, pairs: Iterable[tuple[Key, Key]]) -> Iterator[dict[str, Any]]:
    """R2 of a minus R2 of b for these pairs; ``p_holm`` and ``verdict`` follow from ``decide``."""
    for a, b in pairs:
        found = contrast(panel.models[a], panel.models[b], panel.sst, panel.cells.degrees_of_freedom)
        yield {
            "target": panel.target,
            "regime": panel.regime,
            "model_a": a[0],
            "features_a": a[1],
            "model_b": b[0],
            "features_b": b[1],
            "scale": panel.scale,
            "difference": found.interval.value,
            "lo": found.interval.lo,
            "hi": found.interval.hi,
            "p": found.p,
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


def _verdict(row: Mapping[str, Any], p_holm: float) -> str:
    if Interval(row["difference"], row["lo"], row["hi"]).undetermined or not p_holm < SIGNIFICANT:
        return "undetermined"
    return "a" if row["difference"] > 0 else "b"
