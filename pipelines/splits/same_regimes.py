"""Regimes that mean the same on a data set, as where every volume has a single design of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from ...array_types import Ints
from .group_numbers import each_in_one, n_distinct


def same_as(regime: str, volume: Ints, design: Ints, regimes: Collection[str]) -> tuple[str, str] | None:
    """The regime among ``regimes`` that holds out the same as another one over n rows, and why; None where none does.

    volume, design: int[n], the group of each row. What is new is what counts, not how it is dealt: where a design
    belongs to one volume alone, a new volume brings a new design, so ``new-both`` is ``new-structure``. Of regimes that
    are the same ``new-structure`` stays, else ``new-design``.
    """
    if not len(volume):
        return None
    return next((found for found in _equals(regime, volume, design) if found[0] in regimes), None)


def _equals(regime: str, volume: Ints, design: Ints) -> Iterator[tuple[str, str]]:
    several = n_distinct(volume) > 1 and n_distinct(design) > 1
    if not several:
        return
    one_volume, one_design = each_in_one(design, volume), each_in_one(volume, design)
    if regime == "new-both" and one_volume:
        yield "new-structure", "every design belongs to one volume, so a new volume brings a new design"
    if regime == "new-both" and one_design:
        yield "new-design", "every volume has one design, so a new design brings a new volume"
    if regime == "new-design" and one_volume and one_design:
        yield "new-structure", "every volume has one design of its own, so neither is new without the other"
    if regime == "random" and each_in_one(volume, np.arange(len(volume))):
        yield "new-structure", "every row has a volume of its own, so a new row is a new volume"
    if regime == "random" and each_in_one(design, np.arange(len(design))):
        yield "new-design", "every row has a design of its own, so a new row is a new design"
