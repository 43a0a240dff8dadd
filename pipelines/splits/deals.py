"""How often the folds of a regime are dealt anew.

Which groups fall into one fold moves a score: with few groups a single deal is luck, and the mean over some tells
how much.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...array_types import Ints
from .group_numbers import n_distinct
from .splits import HELD_OUT

FEW_GROUPS = 100
"""With fewer groups than this in a dimension that is held out ..."""
DEALS_OF_FEW, DEALS = 5, 3
"""... folds are dealt this often, else so often."""
FEWEST_GROUPS, ONCE_GROUPS = 30, 90
"""A large set is dealt once where no dimension that is held out has fewer groups than the second, thrice from the first on.

A single deal of 40 designs moved scores by up to 1.6 standard errors (docs/scale.md)."""


def deals(
    regime: str,
    volume: Ints,
    design: Ints,
    wanted: int | Mapping[str, int] | None = None,
    *,
    large: bool = False,
) -> int:
    """Deals of a regime over n rows; volume, design: int[n], the group of each row.

    ``wanted``: a number for all regimes, or for those that it names. ``large``: whether rows are so many that one deal
    tells as much as several, where groups are not few.
    """
    named = wanted.get(regime) if isinstance(wanted, Mapping) else wanted
    if named is not None:
        return named
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    fewest = min(n_distinct(groups[name]) for name in HELD_OUT[regime])
    if large and fewest >= FEWEST_GROUPS:
        return 1 if fewest >= ONCE_GROUPS else DEALS
    return DEALS_OF_FEW if fewest < FEW_GROUPS else DEALS
