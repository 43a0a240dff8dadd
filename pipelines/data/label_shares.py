"""The labels of segmented volumes: which there are, how large their shares, and which of them are pore by the porosity."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float64

MOST_LABELS = 16
"""With more distinct values a volume is grey and has no labels."""
TOLERANCE = 0.02
"""Mean difference to the stated porosity up to which labels are pore by it."""
_MOST_COMBINED = 8
"""With more labels only single ones are tried."""
_CLEARLY = 2.0
"""How many times worse the second best choice must be."""


@dataclass(frozen=True, eq=False)
class LabelShares:
    """Shares of m labels in n volumes: float64[n, m], a column each of ``labels``."""

    labels: tuple[int, ...]
    shares: Float64

    def __str__(self) -> str:
        means = self.shares.mean(axis=0)
        return ", ".join(f"{label} {100 * share:.3g} %" for label, share in zip(self.labels, means, strict=True))


@dataclass(frozen=True)
class PoreByPorosity:
    """The labels that are pore by a stated porosity, with the mean difference over the volumes compared."""

    pore: tuple[int, ...]
    column: str
    error: float
    compared: int


def label_shares(volumes: Sequence[NDArray[np.generic]]) -> LabelShares | None:
    """The labels of integer volumes; None where one holds more than ``MOST_LABELS`` values, or fractions."""
    counted: list[dict[int, float]] = []
    for voxels in volumes:
        values, counts = np.unique(voxels, return_counts=True)
        if len(values) > MOST_LABELS or not np.array_equal(values, np.round(values.astype(np.float64))):
            return None
        counted.append({int(value): count / voxels.size for value, count in zip(values, counts, strict=True)})
    labels = tuple(sorted({label for found in counted for label in found}))
    if not 0 < len(labels) <= MOST_LABELS:
        return None
    return LabelShares(labels, np.array([[found.get(label, 0.0) for label in labels] for found in counted]))


def pore_by_porosity(found: LabelShares, stated: Mapping[str, Float64]) -> PoreByPorosity | None:
    """The labels whose shares add up to a stated porosity, float64[n] by column; None where none clearly do."""
    best: PoreByPorosity | None = None
    for column, porosity in stated.items():
        known = np.isfinite(porosity)
        if not known.any():
            continue
        choices = list(_choices(len(found.labels)))
        sums = [found.shares[known][:, list(choice)].sum(axis=1) for choice in choices]
        errors = np.array([np.abs(total - porosity[known]).mean() for total in sums])
        order = np.argsort(errors, kind="stable")
        error = float(errors[order[0]])
        clear = len(order) == 1 or float(errors[order[1]]) >= _CLEARLY * error
        if error <= TOLERANCE and clear and (best is None or error < best.error):
            pore = tuple(found.labels[place] for place in choices[int(order[0])])
            best = PoreByPorosity(pore, column, error, int(known.sum()))
    return best


def _choices(n: int) -> Iterator[tuple[int, ...]]:
    """Which of n labels may be pore together, single ones first; never all of them."""
    for size in range(1, n if n <= _MOST_COMBINED else 2):
        yield from itertools.combinations(range(n), size)
