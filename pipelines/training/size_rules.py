"""Rules by which a comparison follows the size of its data: what a large set no longer needs, with the reason in words.

A pure function of settings and counts, so that a plan, the folds of people's own networks and every job of a run say
the same. On small sets no rule applies; each has a setting that overrules it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...array_types import Ints
from ...models.base import Kind, Model
from ..settings import ComparisonSettings
from ..splits.deals import FEWEST_GROUPS, ONCE_GROUPS
from ..splits.splits import BLOCK
from ..tables.arrays import Data, Table

LARGE_ROWS = 50_000
"""Cell rows from which on a set is large: about there the full design takes two cores a night, and scores are as
uncertain as their volumes and designs are few, whatever the number of rows, deals and fits."""
TRAINING_ROWS = 80_000
"""Most rows of a fit on a large set: fewer than any regime trains on there."""
ENSEMBLE_ROWS = 20_000
"""The same of an ensemble, each of whose fits is some twenty of its members."""
TAKE_ALL_ROWS: frozenset[Kind] = frozenset({"trivial", "network"})
"""Models that cost little whatever the rows, or choose among them by themselves."""
STUDIED_FOLDS = 3
"""Folds of the first deal that studies refit on a large set."""
FASTER: Mapping[str, float] = {"learning_rate": 0.1, "patience": 15}
"""Settings of the default boosters on a large set."""


@dataclass(frozen=True)
class Counts:
    """Size of a data set: cell rows (distinct volumes where there are no cells), volume groups, design groups."""

    rows: int
    volumes: int
    designs: int


@dataclass(frozen=True)
class Rule:
    """One rule that applies: the setting that overrules it, what it does and why."""

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
    faster_boosting: bool = False
    """Whether the default boosters take larger steps."""
    screening: bool = False
    """Whether candidates that are beyond noise behind the best on thin rows are not fitted in full."""
    equal_size: bool = True
    """Whether training under ``random`` is also cut down to the size of ``new-both``, as far as that is not its size already."""
    ensembles_everywhere: bool = True
    """Whether ensembles are fitted on every feature set, not only on the two that the verdict on the image compares."""
    applied: tuple[Rule, ...] = ()
    """Rules that change something, in words."""

    def model_settings(self, model: Model) -> Mapping[str, Any]:
        """What the rules change among the settings of a model with its defaults; those that the user gave go over them."""
        changed: dict[str, Any] = {}
        if not self.refit and model.info.early_stopping_rows and hasattr(model, "refit"):
            changed["refit"] = False
        if self.faster_boosting and model.info.kind == "booster" and hasattr(model, "choose"):
            changed |= FASTER
        return changed


def size_rules(settings: ComparisonSettings, counts: Counts) -> SizeRules:
    """The rules for a comparison of data of this size."""
    large = is_large(settings, counts.rows)
    refit = settings.refit if settings.refit is not None else not large
    faster = settings.faster_boosting if settings.faster_boosting is not None else large
    screening = settings.screening if settings.screening is not None else large
    most = training_rows(settings, counts.rows)
    other_size = most is None or most > counts.rows * (1 - 1 / BLOCK) ** 2
    equal_size = settings.equal_size and other_size
    everywhere = settings.ensembles_everywhere if settings.ensembles_everywhere is not None else not large
    if not large:
        return SizeRules(large, refit, faster, screening, equal_size, everywhere)
    applied = [
        (settings.repeats is None, _one_deal()),
        (settings.screening is None, _screening()),
        (settings.training_rows is None and counts.rows > TRAINING_ROWS, _fewer_rows(equal_size=other_size)),
        (settings.faster_boosting is None, _faster()),
        (settings.refit is None, _no_refit(settings)),
        (settings.own_bounds is None, _no_bounds()),
        (settings.ensembles_everywhere is None, _fewer_ensembles()),
        (True, _fewer_studied()),
    ]
    return SizeRules(
        large, refit, faster, screening, equal_size, everywhere, tuple(rule for applies, rule in applied if applies)
    )


def is_large(settings: ComparisonSettings, rows: int) -> bool:
    """Whether the rules for large sets hold, of so many cell rows."""
    return settings.large_set == "on" or (settings.large_set == "auto" and rows >= LARGE_ROWS)


def training_rows(settings: ComparisonSettings, rows: int, kind: Kind = "booster") -> int | None:
    """Most rows of a fit of a kind of model on a table of so many; None: all."""
    if kind in TAKE_ALL_ROWS:
        return None
    if settings.training_rows is not None:
        return settings.training_rows
    if not is_large(settings, rows):
        return None
    return ENSEMBLE_ROWS if kind == "ensemble" else TRAINING_ROWS


def own_bounds(settings: ComparisonSettings, rows: int) -> bool:
    """Whether models give bounds of their own on a table of so many rows."""
    return settings.own_bounds if settings.own_bounds is not None else not is_large(settings, rows)


def studied_folds(settings: ComparisonSettings, rows: int, wanted: int | None) -> int | None:
    """Folds of the first deal that studies refit, of a table of so many rows, where the settings of studies want so many; None: all."""
    if wanted is not None:
        return wanted
    return STUDIED_FOLDS if is_large(settings, rows) else None


def rows_of(data: Data) -> int:
    """Cell rows of the tables of a run; distinct volumes where there are no cells."""
    return len(_counted(data))


def counts_of(data: Data) -> Counts:
    """Counts of the tables of a run."""
    table = _counted(data)
    return Counts(len(table), _distinct(table.volume_group), _distinct(table.design_group))


def _one_deal() -> Rule:
    return Rule(
        "comparison.repeats",
        f"folds are dealt once where {ONCE_GROUPS} volumes and designs or more are held out",
        "which of them are in the data moves a score more than how they are dealt, and 95 % intervals of one deal cover 88 to "
        f"96 %, of five 90 to 98 %; from {FEWEST_GROUPS} on they are dealt three times, with fewer as often as on a small set",
    )


def _screening() -> Rule:
    return Rule(
        "comparison.screening",
        "candidates that are beyond noise behind the best on thin rows of every training fold are not fitted in full",
        "no test row takes part, and what a verdict rests on stays: baselines, networks, the best booster and the best with and "
        "without the image; the others are listed with their score on thin rows",
    )


def _fewer_rows(*, equal_size: bool) -> Rule:
    same = (
        ""
        if equal_size
        else "; every regime then trains on the same number, so that random needs no second fit at the size of new-both"
    )
    return Rule(
        "comparison.training_rows",
        f"every fit takes at most {TRAINING_ROWS:,} rows, of an ensemble {ENSEMBLE_ROWS:,}, as many of each volume",
        "what is new to a test row is its volume or its design, and more rows of the same ones say little further: from 8 to 67 "
        f"designs of each volume R2 rose by .001 under random and not at all under new-both{same}",
    )


def _faster() -> Rule:
    return Rule(
        "comparison.faster_boosting",
        "the default boosters take steps of .1 instead of .05",
        "2 to 3 times faster for no less R2",
    )


def _no_refit(settings: ComparisonSettings) -> Rule:
    return Rule(
        "comparison.refit",
        "boosters that stop early are not fitted again",
        f"the {settings.validation_share:.0%} of the training groups that are kept to stop by are worth .001 to .003 of R2, a "
        "second fit half the time",
    )


def _no_bounds() -> Rule:
    return Rule(
        "comparison.own_bounds",
        "a Gaussian process gives no bounds of its own",
        "they take four fifths of its predictions, which cost more here than its fits; conformal intervals are made as ever",
    )


def _fewer_ensembles() -> Rule:
    return Rule(
        "comparison.ensembles_everywhere",
        "ensembles are fitted on the richest feature set and on its counterpart without the image alone",
        "an ensemble costs some twenty fits of its members, and the verdict on the image compares these two sets",
    )


def _fewer_studied() -> Rule:
    return Rule(
        "study.folds",
        f"studies refit {STUDIED_FOLDS} folds of the first deal unless the setting says otherwise",
        "a study refits a model some forty times a fold, and three folds of many volumes tell its differences apart",
    )


def _counted(data: Data) -> Table:
    return data.cells if len(data.cells) else data.distinct


def _distinct(groups: Ints) -> int:
    """Distinct numbers from 0 on."""
    return int(np.count_nonzero(np.bincount(groups[groups >= 0])))
