"""Groups that are new to the test rows of a fit, by which its training rows may be cut, and folds cut by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .nested import NestedFold, NestedFolds, nested_by_volume

if TYPE_CHECKING:
    from ...array_types import Ints
    from ..base import FitContext, Rows

BLOCKS = (3, 4)
"""Folds cut by two dimensions at once: parts of the first, of the second."""
FOLDS = 10
"""Folds cut by one dimension."""
CHOICE_ROWS = 20_000
"""Rows on which settings are chosen; more say nothing further of what is new by group."""


def held_out_groups(rows: Rows, context: FitContext) -> Mapping[str, Ints]:
    """Group of each training row by the dimension in which test rows are new; volumes where none is given."""
    if context.nested is not None and context.nested.groups:
        return context.nested.groups
    return {"volume": rows.volume}


def folds_of(rows: Rows, context: FitContext) -> NestedFolds:
    """The nested folds of a fit: those given, or its rows cut along the diagonal of its groups in three."""
    if context.nested is None:
        return nested_by_volume(rows.volume, context.seed)
    if context.nested.folds:
        return context.nested
    return NestedFolds(
        cut(context.nested.groups, (3,) * len(context.nested.groups), context.seed, diagonal=True),
        context.nested.whole,
        context.nested.groups,
    )


def chosen_rows(n: int, seed: int) -> Ints:
    """Positions of at most ``CHOICE_ROWS`` of n rows, ascending, drawn evenly."""
    if n <= CHOICE_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, 0xC401CE]).choice(n, CHOICE_ROWS, replace=False))


def block_folds(groups: Mapping[str, Ints], seed: int) -> tuple[NestedFold, ...]:
    """Folds that test every row once and share no group of any dimension with what is fitted.

    One dimension is cut into ten parts; two into three times four blocks, and a fold tests one block on the rows that share
    neither dimension with it.
    """
    return cut(groups, BLOCKS if len(groups) > 1 else (FOLDS,), seed)


def cut(
    groups: Mapping[str, Ints], counts: tuple[int, ...], seed: int, *, diagonal: bool = False
) -> tuple[NestedFold, ...]:
    """Folds by labels that are dealt to the groups of each dimension; only those of like labels where ``diagonal``."""
    rng = np.random.default_rng([seed, 0xB10C])
    labels = []
    for group, count in zip(groups.values(), counts, strict=True):
        names, position = np.unique(group, return_inverse=True)
        labels.append((rng.permutation(len(names)) % min(count, len(names)))[position])
    found = []
    for wanted in np.ndindex(*(int(label.max()) + 1 for label in labels)):
        if diagonal and len(set(wanted)) > 1:
            continue
        hits = [label == number for label, number in zip(labels, wanted, strict=True)]
        fit, test = np.flatnonzero(~np.logical_or.reduce(hits)), np.flatnonzero(np.logical_and.reduce(hits))
        if len(fit) and len(test):
            found.append(NestedFold(fit, np.arange(0), test))
    return tuple(found)
