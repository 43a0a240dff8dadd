"""Accelerated failure time where every life that was not measured to its end is only known to exceed the last cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .accelerated_failure_time import AFT, aft_info

if TYPE_CHECKING:
    from .base import ModelInfo


@dataclass(frozen=True)
class XGBoostAFTObserved(AFT):
    """The variant ``observed``; which rows are censored is in the bounds that ``fit`` is given."""

    info: ClassVar[ModelInfo] = aft_info(
        "observed", "survival model: all lives not measured to their end are lower bounds"
    )
