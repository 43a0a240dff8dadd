"""Counts of pairs of True voxels at a distance along an axis, 64 voxels at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....array_types import UInt64
from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64


def pair_counts(words: UInt64, axis: int, lags: int) -> Int64:
    """Pairs of True voxels 0, 1, …, ``lags`` apart along an axis of a volume packed by ``pack``."""
    counts = np.zeros(lags + 1, np.int64)
    if axis == words.ndim - 1:
        _along_words(words.reshape(-1, words.shape[axis]), counts)
    else:
        _across_words(words.reshape(int(np.prod(words.shape[:axis])), words.shape[axis], -1), counts)
    return counts


def pack(mask: NDArray[np.bool_]) -> UInt64:
    """One bit a voxel: rows along the last axis as 64-bit words, filled up with zeros."""
    depth, height, width = mask.shape
    packed = np.zeros((depth, height, -(-width // 64) * 8), np.uint8)
    packed[:, :, : -(-width // 8)] = np.packbits(mask, axis=2, bitorder="little")
    return packed.view("<u8")


@kernel(inline=True)
def ones(word: np.uint64) -> np.uint64:
    """Number of bits set (Warren, Hacker's Delight, 5-1); compilers know the pattern."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def _across_words(words: UInt64, counts: Int64) -> None:
    for i in range(words.shape[0]):
        for lag in range(min(len(counts), words.shape[1])):
            total = np.uint64(0)
            for y in range(words.shape[1] - lag):
                for x in range(words.shape[2]):
                    total += ones(words[i, y, x] & words[i, y + lag, x])
            counts[lag] += np.int64(total)


@kernel
def _along_words(rows: UInt64, counts: Int64) -> None:
    length = rows.shape[1]
    for lag in range(min(len(counts), 64 * length)):
        skip, shift = lag // 64, np.uint64(lag % 64)
        total = np.uint64(0)
        for i in range(rows.shape[0]):
            for x in range(length - skip):
                moved = rows[i, x + skip] >> shift
                if shift > 0 and x + skip + 1 < length:
                    moved |= rows[i, x + skip + 1] << (np.uint64(64) - shift)
                total += ones(rows[i, x] & moved)
        counts[lag] += np.int64(total)
