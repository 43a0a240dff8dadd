"""Folds of the regimes: which rows are tested, and which training rows share nothing with them.

A repeat deals a label to every row in one dimension (row, volume or design) or in two (volume and
design). A fold names one label in each: it tests the rows that have them all and trains on the rows
that have none of them. So one rule serves every regime, and what it drops in ``new-both`` are just
the rows that share a volume or a design with the test block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats, Ints
from ...schema import REGIMES
from .group_numbers import compacted, n_distinct

EXPLORATORY_GROUPS = 10
"""Fewer groups than this in a dimension that is dealt: exploratory."""
LEAVE_ONE_DESIGN_OUT = 20
"""Fewer designs than this are left out one by one, and fewer generators."""
BLOCK = 3
"""``new-both`` deals volumes into this many groups, and designs too."""
OOD_SHARE = 0.1
"""Share of the volume groups that is extreme, half of it at each end."""

HELD_OUT: Mapping[str, tuple[str, ...]] = {regime.name: regime.held_out for regime in REGIMES}
"""The dimensions in which the test rows of a regime are set apart."""
EXTREME_REGIMES: tuple[str, ...] = ("ood-porosity", "ood-tau")


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold of one repeat: positions of its training and of its test rows, ascending."""

    repeat: int
    fold: int
    train: Ints
    test: Ints


@dataclass(frozen=True)
class RegimeStatus:
    """Folds of a regime on a data set, or the reason why there are none."""

    regime: str
    defined: bool
    reason: str | None
    exploratory: bool
    n_folds: int
    n_repeats: int
    n_groups_volume: int
    n_groups_design: int


@dataclass(frozen=True, eq=False)
class Repeat:
    """Labels int16[n] in each dealt dimension (-1: never tested) and how many labels each has."""

    labels: tuple[Ints, ...]
    counts: tuple[int, ...]

    def blocks(self) -> Iterator[tuple[int, NDArray[np.bool_], NDArray[np.bool_]]]:
        """(fold id, training mask, test mask) of every fold; ids run over the last dimension first."""
        for number, wanted in enumerate(np.ndindex(*self.counts)):
            hits = [labels == label for labels, label in zip(self.labels, wanted, strict=True)]
            yield number, ~np.logical_or.reduce(hits), np.logical_and.reduce(hits)


@dataclass(frozen=True, eq=False)
class Split:
    """The folds of one regime; iterating makes them one by one, so that few exist at a time."""

    status: RegimeStatus
    repeats: tuple[Repeat, ...] = ()

    def __iter__(self) -> Iterator[Fold]:
        for number, repeat in enumerate(self.repeats):
            for fold, train, test in repeat.blocks():
                if test.any():
                    yield Fold(number, fold, np.flatnonzero(train), np.flatnonzero(test))


def split(
    regime: str,
    volume: Ints,
    design: Ints,
    *,
    folds: int = 5,
    repeats: int = 3,
    seed: int = 0,
    extremes: Floats | None = None,
    origin: Ints | None = None,
) -> Split:
    """Folds of a regime over n rows.

    volume, design: int[n], the group of each row. Groups are dealt at random into folds of like
    numbers of rows; every row is tested once a repeat (in the ``ood`` regimes only extreme rows
    are). Where every group is its own fold, shuffling changes nothing and there is one repeat.
    ``extremes``: float[n], by which ``ood-porosity`` and ``ood-tau`` order the volume groups, NaN where
    unknown; ``origin``: int[n], the generators that ``ood-generator`` holds out, one for all rows of a
    volume group, -1 where unknown: such rows are trained on and never tested.
    A regime that the data do not allow comes without folds and says why.
    """
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    status = unsplit(regime, volume, design, None)
    if regime in EXTREME_REGIMES:
        dealt, reason = _extreme(volume, extremes)
    elif regime == "ood-generator":
        dealt, reason = _by_origin(origin, folds, seed)
    else:
        dealt, reason = _dealt(regime, groups, folds, repeats, seed)
    reason = reason or next(filter(None, map(_empty_training, dealt)), None)
    if reason is not None:
        return Split(replace(status, reason=reason))
    tested = sum(bool(test.any()) for _, _, test in dealt[0].blocks())
    return Split(replace(status, defined=True, n_folds=tested, n_repeats=len(dealt)), dealt)


def subsample_training(folds: Iterator[Fold], rows: int, seed: int) -> Iterator[Fold]:
    """The same folds with at most ``rows`` training rows each, drawn without replacement."""
    for fold in folds:
        if rows < len(fold.train):
            rng = np.random.default_rng([seed, fold.repeat, fold.fold])
            yield replace(fold, train=np.sort(rng.choice(fold.train, rows, replace=False)))
        else:
            yield fold


def unsplit(regime: str, volume: Ints, design: Ints, reason: str | None) -> RegimeStatus:
    """Status of a regime without folds, with the reason."""
    sizes = {"volume": n_distinct(volume), "design": n_distinct(design)}
    return RegimeStatus(regime, False, reason, _exploratory(regime, sizes), 0, 0, sizes["volume"], sizes["design"])


def mean_training_rows(folds: Split) -> int:
    """Rows that a fold trains on, in the mean over the folds, weighted by what they test."""
    sizes = [(int(train.sum()), int(test.sum())) for repeat in folds.repeats for _, train, test in repeat.blocks()]
    return round(sum(train * test for train, test in sizes) / max(1, sum(test for _, test in sizes)))


def assign_folds(groups: Ints, count: int, rng: np.random.Generator) -> Ints:
    """A label in 0..count-1 for each row, one for all rows of a group, labels of like numbers of rows."""
    position, size = compacted(groups)
    if len(size) == len(groups):
        return (rng.permutation(len(groups)) % count).astype(np.int16)[position]
    # Groups of like size come in random order, the large ones first, each to the lightest label.
    order = np.lexsort((rng.random(len(size)), -np.floor(np.log2(size))))
    filled = np.zeros(count, np.int64)
    label = np.empty(len(size), np.int16)
    for group in order:
        label[group] = filled.argmin()
        filled[label[group]] += size[group]
    return label[position]


def _dealt(
    regime: str, groups: Mapping[str, Ints], folds: int, repeats: int, seed: int
) -> tuple[tuple[Repeat, ...], str | None]:
    dimensions = HELD_OUT[regime]
    sizes = [n_distinct(groups[name]) for name in dimensions]
    for name, size in zip(dimensions, sizes, strict=True):
        if size < 2:  # noqa: PLR2004  one side each of a split
            return (), f"needs two {name} groups, there {'is one' if size else 'are none'}"
    counts = tuple(_count(regime, name, size, folds) for name, size in zip(dimensions, sizes, strict=True))
    rounds = 1 if counts == tuple(sizes) else repeats
    dealt = []
    for number in range(rounds):
        rng = np.random.default_rng([seed, number])
        labels = tuple(assign_folds(groups[name], count, rng) for name, count in zip(dimensions, counts, strict=True))
        dealt.append(Repeat(labels, counts))
    return tuple(dealt), None


def _count(regime: str, dimension: str, size: int, folds: int) -> int:
    if regime == "new-both":
        return min(BLOCK, size)
    if dimension == "design" and size < LEAVE_ONE_DESIGN_OUT:
        return size
    return min(folds, size)


def _extreme(volume: Ints, extremes: Floats | None) -> tuple[tuple[Repeat, ...], str | None]:
    """One fold that tests the groups with the lowest and the highest mean value, half a share each."""
    if extremes is None or not np.isfinite(extremes).any():
        return (), "no volume has a value to order by"
    names, position = np.unique(volume, return_inverse=True)
    known = np.isfinite(extremes)
    total = np.bincount(position[known], extremes[known], len(names))
    count = np.bincount(position[known], minlength=len(names))
    ranked = np.flatnonzero(count)
    if len(ranked) < EXPLORATORY_GROUPS:
        return (), f"needs {EXPLORATORY_GROUPS} volume groups with a value, there are {len(ranked)}"
    ranked = ranked[np.argsort(total[ranked] / count[ranked], kind="stable")]
    tail = max(1, round(OOD_SHARE * len(ranked) / 2))
    label = np.full(len(names), -1, np.int16)
    label[ranked[:tail]] = label[ranked[-tail:]] = 0
    return (Repeat((label[position],), (1,)),), None


def _by_origin(origin: Ints | None, folds: int, seed: int) -> tuple[tuple[Repeat, ...], str | None]:
    """One repeat that tests each generator once: alone where they are few, else dealt into folds."""
    known = np.zeros(0, bool) if origin is None else origin >= 0
    names, number = np.unique(origin[known] if origin is not None else known, return_inverse=True)
    if origin is None or len(names) < 2:  # noqa: PLR2004  one to learn from, one to test
        return (), f"needs volumes of two generators, there {'is one' if len(names) else 'are none'} named"
    label = np.full(len(origin), -1, np.int16)
    count = len(names) if len(names) < LEAVE_ONE_DESIGN_OUT else folds
    label[known] = number if count == len(names) else assign_folds(number, count, np.random.default_rng([seed, 0]))
    return (Repeat((label,), (count,)),), None


def _empty_training(repeat: Repeat) -> str | None:
    for fold, train, test in repeat.blocks():
        if test.any() and not train.any():
            return f"fold {fold} leaves no row to train on: every row shares a volume or a design with its test rows"
    return None


def _exploratory(regime: str, sizes: Mapping[str, int]) -> bool:
    return any(sizes[name] < EXPLORATORY_GROUPS for name in HELD_OUT[regime] if name in sizes)
