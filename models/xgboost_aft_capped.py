"""Accelerated failure time where lives at the cap of the projection are only known to exceed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .accelerated_failure_time import AFT, aft_info

if TYPE_CHECKING:
    from .base import ModelInfo


@dataclass(frozen=True)
class XGBoostAFTCapped(AFT):
    """The variant ``capped``; which rows are censored is in the bounds that ``fit`` is given."""

    info: ClassVar[ModelInfo] = aft_info("capped", "survival model: lives at the cap are lower bounds")
