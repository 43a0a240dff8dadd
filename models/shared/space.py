"""Search spaces as data: which settings of a model tuning may move, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..base import Model


@dataclass(frozen=True)
class SearchRange:
    """A setting of a model with the range, both ends included, in which it is searched for.

    ``log`` steps by ratios instead of differences; ``whole`` takes integers only.
    """

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False


def space_of(model: Model) -> tuple[SearchRange, ...]:
    """The search space that a model declares as its ``space``; empty where it declares none."""
    space: tuple[SearchRange, ...] = getattr(type(model), "space", ())
    return space
