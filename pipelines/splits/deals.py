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


def deals(regime: str, volume: Ints, design: Ints, wanted: int | Mapping[str, int] | None = None) -> int:
    """Deals of a regime over n rows; volume, design: int[n], the group of each row.

    ``wanted``: a number for all regimes, or for those that it names.
    """
    named = wanted.get(regime) if isinstance(wanted, Mapping) else wanted
    if named is not None:
        return named
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    few = any(n_distinct(groups[name]) < FEW_GROUPS for name in HELD_OUT[regime])
    return DEALS_OF_FEW if few else DEALS
