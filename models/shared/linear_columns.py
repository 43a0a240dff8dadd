"""Columns of the linear models: raw columns and their logarithms, standardised, and products of some."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .log_columns import LogColumns
from .standardise import CONSTANT, Encoding, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...array_types import Float32, Float64
    from ..base import Columns, Rows

DESCRIPTOR, DESIGN, JOINED, PRODUCT = 0, 1, 2, 3
"""Kinds of columns, which have penalties of their own."""
PARTNERS = ("porosity", "tortuosity_factor_z", "specific_surface")
"""Descriptors that a quadratic model multiplies with the scalars, where they are there."""


@dataclass(frozen=True, eq=False)
class LinearColumns:
    """Encoding of p columns as P: raw and logarithms with gaps filled, standardised; then products, standardised too.

    kind: int[P]; pairs: int[m, 2], positions among the standardised columns before the products, with the mean and
    the scale of each product, float64[m].
    """

    logs: LogColumns
    encoding: Encoding
    kind: NDArray[np.intp]
    pairs: NDArray[np.intp]
    pair_mean: Float64
    pair_scale: Float64

    @classmethod
    def of(cls, rows: Rows, weight: Float64, *, products: bool) -> LinearColumns:
        """Encoding of training rows; ModelError names a column with infinite values."""
        logs = LogColumns.of(rows)
        encoding = encode(rows, weight, logs.appended)
        kind = _kinds(rows.columns, logs, encoding)
        pairs = _pairs(rows.columns, logs) if products else np.zeros((0, 2), np.intp)
        none = np.zeros(len(pairs))
        found = cls(logs, encoding, np.concatenate([kind, np.full(len(pairs), PRODUCT)]), pairs, none, none + 1)
        if not len(pairs):
            return found
        first = second = none
        for part, z in found.batches(rows):
            multiplied, share = z[:, len(kind) :], weight[part]
            first, second = first + share @ multiplied, second + share @ multiplied**2
        mean = first / weight.sum()
        deviation = np.sqrt(np.maximum(second / weight.sum() - mean**2, 0.0))
        return replace(found, pair_mean=mean, pair_scale=np.where(deviation > CONSTANT, deviation, np.inf))

    def apply(self, block: Float32) -> Float64:
        """float64[n, P]."""
        z = self.encoding.apply(self.logs.appended(block))
        if not len(self.pairs):
            return z
        products = (z[:, self.pairs[:, 0]] * z[:, self.pairs[:, 1]] - self.pair_mean) / self.pair_scale
        return np.concatenate([z, products], axis=1)

    def spelt(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The name behind each of the P columns; empty for products."""
        appended = (*names, *(names[at] for at in self.logs.positions))
        gaps = (appended[at] for at in self.encoding.indicated)
        return (*appended, *gaps, *("" for _ in self.pairs))

    def batches(self, rows: Rows) -> Iterator[tuple[slice, Float64]]:
        """The standardised columns in batches with their place among the rows."""
        start = 0
        for block in rows.batches(BATCH):
            yield slice(start, start + len(block)), self.apply(block)
            start += len(block)


BATCH = 20_000
"""Rows standardised at a time: with logarithms and products they are wide."""


def _kinds(columns: Columns, logs: LogColumns, encoding: Encoding) -> NDArray[np.intp]:
    """int[p + k + gaps]: the kind of a logarithm, and of the indicator of a gap, is that of its column."""
    counts = (len(columns.descriptors), len(columns.designs), len(columns.joined))
    raw = np.repeat([DESCRIPTOR, DESIGN, JOINED], counts)
    appended = np.concatenate([raw, raw[logs.positions]])
    return np.concatenate([appended, appended[encoding.indicated]])


def _pairs(columns: Columns, logs: LogColumns) -> NDArray[np.intp]:
    """Scalar by scalar, squares among them, and scalar by a few descriptors; by their logarithms where they have one."""
    names, width = columns.names, len(columns.names)
    place = {name: number for number, name in enumerate(names)}
    place |= {names[at]: width + number for number, at in enumerate(logs.positions)}
    designs = [place[name] for name in columns.designs]
    partners = [place[name] for name in PARTNERS if name in columns.descriptors]
    pairs = [(one, other) for number, one in enumerate(designs) for other in designs[number:]]
    pairs += [(design, partner) for design in designs for partner in partners]
    return np.array(pairs, np.intp).reshape(-1, 2)
