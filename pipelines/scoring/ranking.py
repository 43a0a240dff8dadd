"""Distortion of the ranking of models by a random split: Kendall's tau between it and the strictest regime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...array_types import Floats
from .losses import LossTable
from .scores import r2


def kendall_tau(one: Floats, other: Floats) -> float:
    """Kendall's tau-b of two orders of the same things; NaN where one of them orders nothing.

    From all pairs at once: models are some dozens, and scipy.stats takes longer to load than this to run.
    Kendall 1945, doi:10.1093/biomet/33.3.239.
    """
    left, right = (np.sign(values[:, None] - values[None, :]) for values in (one, other))
    told = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum()) / told if told else float("nan")


def ranking_rows(random: LossTable, honest: LossTable, trivial: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """The row of a target and scale, where two or more candidates were scored under both; the panels cover the same rows."""
    keys = [key for key in random.models if key in honest.models and key[0] not in trivial]
    easy, hard = (
        np.array([r2(panel, panel.models[key]).value for key in keys], dtype=np.float64) for panel in (random, honest)
    )
    known = np.isfinite(easy) & np.isfinite(hard)
    keys, easy, hard = [key for key, kept in zip(keys, known, strict=True) if kept], easy[known], hard[known]
    if len(keys) < 2:  # noqa: PLR2004  an order needs two
        return
    first = int(easy.argmax())
    yield {
        "target": random.target,
        "model": keys[first][0],
        "features": keys[first][1],
        "regime": honest.regime,
        "scale": random.scale,
        "tau": kendall_tau(easy, hard),
        "lost": float(hard.max() - hard[first]),
        "place": int((hard > hard[first]).sum()) + 1,
        "n_candidates": len(keys),
    }
