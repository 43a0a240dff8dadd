"""The optimism gap: R2 under a random split beyond that for new volumes and new designs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..training.job import Variant
from .contrast import contrast
from .losses import LossTable
from .scores import r2

STRICTEST_FIRST = ("new-both", "new-design", "new-structure")


def strictest(regimes: Sequence[str]) -> str | None:
    """The regime that a gap is measured to: ``new-both``, or the strictest one there is."""
    return next((regime for regime in STRICTEST_FIRST if regime in regimes), None)


def gap_rows(random: LossTable, honest: LossTable, variant: Variant) -> Iterator[Mapping[str, Any]]:
    """R2 of both sides and their difference for every model on both; the panels cover the same rows."""
    for key in random.models:
        if key not in honest.models:
            continue
        gap = contrast(random.models[key], honest.models[key], honest.sst, honest.cells.degrees_of_freedom).interval
        yield {
            "target": random.target,
            "model": key[0],
            "features": key[1],
            "scale": random.scale,
            "variant": variant,
            "regime": honest.regime,
            "r2_random": r2(random, random.models[key]).value,
            "r2_new_both": r2(honest, honest.models[key]).value,
            "gap": gap.value,
            "lo": gap.lo,
            "hi": gap.hi,
        }
