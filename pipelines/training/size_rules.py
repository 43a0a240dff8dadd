"""Rules by which a comparison follows the size of its data: what a large set no longer needs, with the reason in words.

A pure function of settings and counts, so that a plan, the folds of people's own networks and every job of a run say
the same. On small sets no rule applies; each has a setting that overrules it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...array_types import Ints
from ...models.base import ModelInfo
from ..settings import ComparisonSettings
from ..splits.deals import FEWEST_GROUPS
from ..tables.arrays import Data

LARGE_ROWS = 200_000
"""Cell rows from which on a set is large: about there the full design takes two cores more than a day, and scores are as
uncertain as their volumes and designs are few, whatever the number of rows, deals and fits."""


@dataclass(frozen=True)
class Counts:
    """Size of a data set: cell rows (distinct volumes where there are no cells), volume groups, design groups."""

    rows: int
    volumes: int
    designs: int


@dataclass(frozen=True)
class Rule:
    """One rule that applies: what it does and why, and the setting that overrules it."""

    setting: str
    what: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class SizeRules:
    """The rules of a data set; without any a comparison is as its settings and the models' defaults say."""

    large: bool = False
    """Whether the set counts as large."""
    refit: bool = True
    """Whether boosters that stopped early by a part of the training rows are fitted again on all of them."""
    applied: tuple[Rule, ...] = ()
    """Rules that change something, in words."""

    def model_settings(self, info: ModelInfo, names: Collection[str]) -> Mapping[str, Any]:
        """What the rules change among the settings (``names``) of a model; those that the user gave go over them."""
        return {"refit": False} if not self.refit and info.early_stopping_rows and "refit" in names else {}


def size_rules(settings: ComparisonSettings, counts: Counts) -> SizeRules:
    """The rules for a comparison of data of this size."""
    large = is_large(settings, counts)
    if not large:
        refit = settings.refit is not False
        return SizeRules(refit=refit)
    refit = bool(settings.refit)
    applied = [] if settings.repeats is not None else [_one_deal()]
    if not refit:
        applied.append(_no_refit(settings))
    return SizeRules(large, refit, tuple(applied))


def is_large(settings: ComparisonSettings, counts: Counts) -> bool:
    """Whether the rules for large sets hold."""
    return settings.large_set == "on" or (settings.large_set == "auto" and counts.rows >= LARGE_ROWS)


def counts_of(data: Data) -> Counts:
    """Counts of the tables of a run."""
    table = data.cells if len(data.cells) else data.distinct
    return Counts(len(table), _distinct(table.volume_group), _distinct(table.design_group))


def _one_deal() -> Rule:
    return Rule(
        "comparison.repeats",
        "folds are dealt once",
        f"with {FEWEST_GROUPS} volumes and designs or more a score is less sure by which of them are in the data than by how they "
        "are dealt; a regime that holds out fewer is dealt as often as on a small set",
    )


def _no_refit(settings: ComparisonSettings) -> Rule:
    return Rule(
        "comparison.refit",
        "boosters that stop early are not fitted again",
        f"{settings.validation_share:.0%} of so many training groups, kept to stop by, are worth .001 to .003 of R2, a second fit "
        "half the time",
    )


def _distinct(groups: Ints) -> int:
    """Distinct numbers from 0 on."""
    return int(np.count_nonzero(np.bincount(groups[groups >= 0])))
