"""Volumes that are overlapping crops of one larger image, found without comparing every pair.

Every cube of 16 voxels, at every offset, has a hash of 32 bits; of them the volume keeps those whose hash ends in
zeros, so that what is kept depends on content alone and two crops keep the same cubes of their common part,
however they are shifted. What is kept gets 32 bits more, out of all of its voxels. Volumes that kept the same cubes are set against each other at the shift that this
implies, and overlap where most cubes kept in the common part agree. Cubes of one phase and cubes that
occur twice in a volume prove nothing and are left out. (Sampling by content: Schleimer, Wilkerson & Aiken
2003, doi:10.1145/872757.872770, here in three dimensions.)

The cost grows with the number of voxels and with the number of volumes, not with that of pairs. Found is
an overlap of at least 16 voxels along every axis that holds enough kept cubes: an eighth of a volume of 64^3
or more does, at any shift. Crops that were turned, resampled or segmented anew are not found.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ...array_types import UInt64
from .components import components

BLOCK = 16
"""Edge of a hashed cube, in voxels."""
KEPT = 512
"""About how many cubes a volume keeps."""
FEWEST = 4
"""Cubes that must agree ..."""
AGREEING = 0.5
"""... and their share of the cubes that both volumes kept in the common part."""
VERSION = 2
"""Number of this choice and hash of cubes; fingerprints of different numbers have nothing to do with each other."""
_HASHED_AT_ONCE = 1 << 22
"""Voxels, and 16 layers at least."""
_REPEATED = 16
"""A hash that occurs more often in a volume is that of a pattern, and is not looked at further."""
_EVERY_PAIR = 16
"""A cube that more volumes share than this pairs each with the next alone, which ties them all the same."""


@dataclass(frozen=True, eq=False)
class Fingerprints:
    """The kept cubes of a volume: hashes uint64[k], distinct, whose lower 32 bits chose them, and positions int32[k, 3] of their first corners (z, y, x).

    ``shape`` is the volume's; hashes are multiples of ``every``.
    """

    shape: tuple[int, int, int]
    every: int
    hash: UInt64
    position: NDArray[np.int32]


def fingerprints(mask: NDArray[np.bool_]) -> Fingerprints:
    """The cubes that a pore mask (z, y, x) keeps; none where an edge is shorter than a cube."""
    shape = (int(mask.shape[0]), int(mask.shape[1]), int(mask.shape[2]))
    counts = [edge - BLOCK + 1 for edge in shape]
    if min(counts) < 1:
        return Fingerprints(shape, 1, np.zeros(0, np.uint64), np.zeros((0, 3), np.int32))
    every = 1 << max(0, (int(np.prod(counts)) // KEPT).bit_length() - 1)
    layers = max(BLOCK, _HASHED_AT_ONCE // (shape[1] * shape[2]))
    found, places = [], []
    for start in range(0, counts[0], layers):
        hashes = _hashes(mask[start : min(start + layers, counts[0]) + BLOCK - 1])
        at = np.nonzero((hashes & np.uint32(every - 1)) == 0)
        found.append(hashes[at])
        places.append(np.stack([at[0] + start, at[1], at[2]], axis=1).astype(np.int32))
    chosen, position = _telling(np.concatenate(found), np.concatenate(places))
    whole = _whole_hashes(mask, chosen, position)
    values, first, count = np.unique(whole, return_index=True, return_counts=True)
    return Fingerprints(shape, every, values[count == 1], position[first[count == 1]])


def as_json(found: Fingerprints) -> dict[str, Any]:
    """The fingerprints as values that JSON keeps."""
    return {
        "shape": found.shape,
        "every": found.every,
        "hash": base64.b64encode(found.hash.astype("<u8").tobytes()).decode(),
        "position": base64.b64encode(found.position.astype("<i4").tobytes()).decode(),
    }


def from_json(kept: Mapping[str, Any]) -> Fingerprints:
    """The fingerprints that ``as_json`` wrote down."""
    z, y, x = kept["shape"]
    hashes = np.frombuffer(base64.b64decode(kept["hash"]), "<u8").astype(np.uint64)
    position = np.frombuffer(base64.b64decode(kept["position"]), "<i4").astype(np.int32).reshape(-1, 3)
    return Fingerprints((z, y, x), kept["every"], hashes, position)


def images(volumes: Sequence[Fingerprints]) -> list[int]:
    """For each volume the number of the first that shows the same larger image, its own where none does."""
    pairs = overlapping(volumes)
    number = components(range(len(volumes)), pairs)
    first: dict[int, int] = {}
    return [first.setdefault(number[volume], volume) for volume in range(len(volumes))]


def overlapping(volumes: Sequence[Fingerprints]) -> list[tuple[int, int]]:
    """Pairs of volumes, by number, that hold the same part of an image."""
    if len(volumes) < 2:  # noqa: PLR2004  a pair
        return []
    table = pd.DataFrame(
        {
            "hash": np.concatenate([item.hash for item in volumes]),
            "volume": np.repeat(np.arange(len(volumes)), [len(item.hash) for item in volumes]),
            **dict(zip("zyx", np.concatenate([item.position for item in volumes]).T, strict=True)),
        }
    )
    shared = table[table.duplicated("hash", keep=False)].sort_values(["hash", "volume"], kind="stable")
    size = shared.groupby("hash")["volume"].transform("size").to_numpy()
    votes = [
        _pairs(shared[size <= _EVERY_PAIR] if step > 1 else shared, step)
        for step in range(1, min(_EVERY_PAIR, int(size.max(initial=1))))
    ]
    if not votes:
        return []
    counted = pd.concat(votes).value_counts()
    likely = counted[counted >= FEWEST].reset_index().to_numpy()
    return sorted({(int(a), int(b)) for a, b, *shift, n in likely if _agree(volumes[a], volumes[b], shift, n)})


def _pairs(shared: pd.DataFrame, step: int) -> pd.DataFrame:
    """Two volumes and the shift between them for every hash, ``step`` places apart among those that have it."""
    one, other = shared.iloc[:-step], shared.iloc[step:]
    same = one["hash"].to_numpy() == other["hash"].to_numpy()
    one, other = one[same], other[same]
    columns: dict[str, Any] = {"a": one["volume"].to_numpy(), "b": other["volume"].to_numpy()}
    columns |= {axis: one[axis].to_numpy() - other[axis].to_numpy() for axis in "zyx"}
    return pd.DataFrame(columns)


def _agree(a: Fingerprints, b: Fingerprints, shift: Sequence[int], votes: int) -> bool:
    """Whether most cubes that either kept in the common part are among the votes; b lies ``shift`` further than a."""
    low = np.maximum(0, shift)
    high = np.minimum(a.shape, np.add(b.shape, shift)) - BLOCK
    every = np.uint64(max(a.every, b.every) - 1)
    inside = [
        int(
            (
                ((item.hash & every) == 0)
                & (item.position + offset >= low).all(axis=1)
                & (item.position + offset <= high).all(axis=1)
            ).sum()
        )
        for item, offset in ((a, 0), (b, np.array(shift)))
    ]
    return votes >= AGREEING * max(inside)


def _hashes(mask: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """uint32 hash of every cube of a mask, by the position of its first corner.

    The voxels along x are one number of 16 bits; along y and z a polynomial of these, doubled in length four times; then
    bits are mixed (the end of MurmurHash3), since the last ones of a polynomial depend on little.
    """
    rows, length = mask.astype(np.uint16), 1
    while length < BLOCK:
        rows = (rows[..., :-length] << np.uint16(length)) | rows[..., length:]
        length *= 2
    with np.errstate(over="ignore"):
        words = rows.astype(np.uint32)
        words *= _FACTORS[2]
        words ^= words >> np.uint32(15)
        words *= _FACTORS[2]
        for axis in (1, 0):
            factor, length = _FACTORS[axis], 1
            while length < BLOCK:
                head, tail = [slice(None)] * 3, [slice(None)] * 3
                head[axis], tail[axis] = slice(None, -length), slice(length, None)
                longer = words[tuple(head)] * factor
                longer += words[tuple(tail)]
                words, factor, length = longer, factor * factor, 2 * length
        words ^= words >> np.uint32(16)
        words *= np.uint32(0x85EBCA6B)
        words ^= words >> np.uint32(13)
        words *= np.uint32(0xC2B2AE35)
        words ^= words >> np.uint32(16)
    return words


def _telling(hashes: NDArray[np.uint32], position: NDArray[np.int32]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Those that are neither of a cube of one phase nor of a pattern that fills the volume."""
    uniform = np.concatenate([_hashes(np.full((BLOCK,) * 3, phase)).ravel() for phase in (False, True)])
    _, which, count = np.unique(hashes, return_inverse=True, return_counts=True)
    telling = (count[which] <= _REPEATED) & ~np.isin(hashes, uniform)
    return hashes[telling], position[telling]


def _whole_hashes(mask: NDArray[np.bool_], chosen: NDArray[np.uint32], position: NDArray[np.int32]) -> UInt64:
    """uint64 hash of each chosen cube: 32 bits that a sum over its voxels gives, then those that it was chosen by."""
    cubes = sliding_window_view(mask, (BLOCK,) * 3)
    sums = np.empty(len(chosen), np.uint64)
    with np.errstate(over="ignore"):
        for start in range(0, len(chosen), KEPT):
            part = slice(start, start + KEPT)
            bits = np.packbits(cubes[tuple(position[part].T)].reshape(-1, BLOCK**3), axis=1, bitorder="little")
            sums[part] = bits.view("<u8").astype(np.uint64) @ _WEIGHTS
    return (sums >> np.uint64(32) << np.uint64(32)) | chosen.astype(np.uint64)


_FACTORS = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D))
_WEIGHTS = np.frombuffer(hashlib.shake_256(b"cube").digest(BLOCK**3 // 8), "<u8").astype(np.uint64)
"""Factors of the 64 words of a cube; their sum's upper half tells any two cubes apart but for one pair in 2^32."""
