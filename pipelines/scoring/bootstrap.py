"""Two-way cluster bootstrap of sums over the volume x design array of losses.

Rows share volumes and designs, so a score varies as much as a few dozen volumes and a dozen designs
let it, however many rows there are. A draw gives every volume a weight u_i and every design a weight
w_j, both standard exponential and independent, and each cell of the array the weight u_i w_j: the
sum of a loss array E is u' E w. Rows are never resampled. This is the Bayesian form (Rubin 1981) of
the pigeonhole bootstrap (Owen 2007, doi:10.1214/07-AOAS122; weights as in Owen & Eckles 2012,
doi:10.1214/12-AOAS547), which is mildly conservative. Its weights are never zero, so a ratio of sums
exists in every draw even where few volumes were crossed with few designs.

Where the folds were dealt more than once a draw also weighs the deals: R - 1 of them with replacement, which
gives a mean over R deals its variance s^2 / R without bias (Rao & Wu 1988, doi:10.1080/01621459.1988.10478591).
The sum of a loss is multiplied by what the drawn deals sum to over what all do, so that on logarithms the
two components add. How intervals follow from draws: ``interval``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ...array_types import Floats, Ints

_CHUNK_NUMBERS = 4_000_000
"""Largest intermediate array of a chunk of draws, in numbers."""
_KEPT_NUMBERS = 8_000_000
"""Weights of all draws are kept where they are fewer numbers than this, else drawn anew each time."""
_BLOCK = 200
"""Draws whose weights come from one random stream."""
_WHOLE_BELOW = 20_000
"""Fewer cells than this are weighted one by one; more are summed over volumes first, in an array of both."""
_DOUBLE_BELOW = 200_000
"""More cells than this are multiplied in single precision; sums of that many differ by less than 1e-5."""
_SPARSE_BELOW = 0.05
"""Share of the array that is filled below which it is multiplied as a sparse matrix."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The filled cells of a volume x design array: int[C] each, numbered as in ``Draws``."""

    volume: Ints
    design: Ints

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cells) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[bytes, bytes]:
        return self.volume.tobytes(), self.design.tobytes()

    @cached_property
    def n_volumes(self) -> int:
        """Volumes with a filled cell."""
        return len(np.unique(self.volume))

    @cached_property
    def n_designs(self) -> int:
        """Designs with a filled cell."""
        return len(np.unique(self.design))

    @property
    def degrees_of_freedom(self) -> int:
        """min(V, D) - 1 over the dimensions that have more than one cluster; 0 where none has."""
        return min((n for n in (self.n_volumes, self.n_designs) if n > 1), default=1) - 1


@dataclass(frozen=True)
class Draws:
    """Weights of all volumes and designs of a run in ``count`` draws: the same for every array, so draws are paired."""

    count: int
    n_volumes: int
    n_designs: int
    seed: int = 0

    def sums(self, cells: Cells, arrays: Floats) -> Floats:
        """float64[count, K]: u' E w of each draw for K arrays given as float64[K, C] over the cells.

        A dimension with a single cluster does not vary and has weight 1.
        """
        if len(cells.volume) <= _WHOLE_BELOW:
            return self._sums_by_cell(cells, arrays)
        volumes, v = np.unique(cells.volume, return_inverse=True)
        designs, d = np.unique(cells.design, return_inverse=True)
        kind = np.float64 if len(cells.volume) <= _DOUBLE_BELOW else np.float32
        multiply = _multiplier(arrays, v, d, (len(volumes), len(designs)), kind)
        sums = np.empty((self.count, len(arrays)))
        for part, u, w in self._chunks(max(len(volumes), len(designs))):
            of_volumes: Floats = (
                u[:, volumes].astype(kind, copy=False) if len(volumes) > 1 else np.ones((len(u), 1), kind)
            )
            of_designs: Floats = (
                w[:, designs].astype(kind, copy=False) if len(designs) > 1 else np.ones((len(w), 1), kind)
            )
            for number in range(len(arrays)):
                sums[part, number] = np.einsum("bd,bd->b", multiply(of_volumes, number), of_designs)
        return sums

    def _sums_by_cell(self, cells: Cells, arrays: Floats) -> Floats:
        """Sums from the weight of every cell in every draw: one product for all arrays at once."""
        columns = np.ascontiguousarray(arrays.T, np.float64)
        if self.count * len(cells.volume) <= _KEPT_NUMBERS:
            whole: Floats = all_weights(self, cells) @ columns
            return whole
        sums = np.empty((self.count, len(arrays)))
        for part, weight in self._cell_weights(cells):
            sums[part] = weight @ columns
        return sums

    def _cell_weights(self, cells: Cells) -> Iterator[tuple[slice, Floats]]:
        """float64[b, C]: the weight of each cell in consecutive draws."""
        for part, u, w in self._chunks(len(cells.volume)):
            weight = u[:, cells.volume] if cells.n_volumes > 1 else np.ones((len(u), len(cells.volume)))
            if cells.n_designs > 1:
                weight *= w[:, cells.design]
            yield part, weight

    def _chunks(self, width: int) -> Iterator[tuple[slice, Floats, Floats]]:
        """Weights float64[b, V] and float64[b, D] of consecutive draws, the same at every call."""
        size = max(1, min(self.count, _CHUNK_NUMBERS // max(1, width)))
        if self.count * (self.n_volumes + self.n_designs) <= _KEPT_NUMBERS:
            u, w = self.kept_weights
            for start in range(0, self.count, size):
                part = slice(start, start + size)
                yield part, u[part], w[part]
            return
        for start in range(0, self.count, _BLOCK):
            part = slice(start, min(start + _BLOCK, self.count))
            u, w = self._weights(start // _BLOCK, part.stop - start)
            yield part, u, w

    def deals(self, count: int) -> Floats:
        """float64[draws, count]: shares of the deals in each draw, the same for all losses."""
        if count == 1:
            return np.ones((self.count, 1))
        rng = np.random.default_rng([self.seed, count, 0xDEA1])
        return rng.multinomial(count - 1, np.full(count, 1 / count), size=self.count) / (count - 1)

    @cached_property
    def kept_weights(self) -> tuple[Floats, Floats]:
        """Weights of the volume groups and of the design groups, one row a draw."""
        blocks = [
            self._weights(start // _BLOCK, min(_BLOCK, self.count - start)) for start in range(0, self.count, _BLOCK)
        ]
        return np.concatenate([u for u, _ in blocks]), np.concatenate([w for _, w in blocks])

    def _weights(self, block: int, count: int) -> tuple[Floats, Floats]:
        rng = np.random.default_rng([self.seed, block, 0xB007])
        return rng.standard_exponential((count, self.n_volumes)), rng.standard_exponential((count, self.n_designs))


@lru_cache(maxsize=1)
def all_weights(draws: Draws, cells: Cells) -> Floats:
    """float64[count, C], kept for the next panel, which as a rule has the same cells."""
    return np.concatenate([weight for _, weight in draws._cell_weights(cells)])  # noqa: SLF001  a method split off so that it can be cached


def _multiplier(arrays: Floats, v: Ints, d: Ints, shape: tuple[int, int], kind: type[np.floating[Any]]) -> Any:
    """(u float64[b, V], k) -> u' E_k, float64[b, D], from a dense array where enough of it is filled."""
    if len(v) < _SPARSE_BELOW * shape[0] * shape[1]:
        from scipy.sparse import csr_array

        transposed = [csr_array((array.astype(kind), (d, v)), shape=shape[::-1]) for array in arrays]
        return lambda u, number: (transposed[number] @ u.T).T
    flat = v * shape[1] + d
    dense = [np.bincount(flat, array, shape[0] * shape[1]).reshape(shape).astype(kind) for array in arrays]
    return lambda u, number: u @ dense[number]
