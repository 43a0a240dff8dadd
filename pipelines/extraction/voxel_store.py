"""Voxels of a run's distinct volumes in one file of bits, which networks read by memory map.

A volume of 128^3 voxels takes 256 KiB, an eighth of its TIFF, and workers are sent the path alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataSetError, RunError
from ...models.base import Volumes
from ..data.bits import read_bits
from ..execution.parallel import Progress
from ..runs.atomic import replacing, write_json

log = logging.getLogger(__name__)

_BITS = 8


@dataclass(frozen=True)
class PackedVolumes:
    """V volumes of one shape in a file of bits, uint8[V, z, y, ceil(x / 8)]; implements ``models.base.Volumes``."""

    path: Path
    shape: tuple[int, int, int]
    count: int

    def __len__(self) -> int:
        return self.count

    def read(self, index: int) -> NDArray[np.uint8]:
        """Volume ``index``, bit-packed along its last axis: uint8[z, y, ceil(x / 8)], 1 = pore."""
        if not 0 <= index < self.count:
            raise IndexError(f"{self.path} holds {self.count} volumes, asked for number {index}")
        return np.array(_mapped(self.path, (self.count, *packed_shape(self.shape)))[index])


class OneVolume:
    """A single mask bool[z, y, x] that answers to any position."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        z, y, x = mask.shape
        self.shape: tuple[int, int, int] = (z, y, x)
        self._bits = np.packbits(mask, axis=-1)

    def __len__(self) -> int:
        return 1

    def read(self, index: int) -> NDArray[np.uint8]:
        """The mask, bit-packed along its last axis."""
        del index
        return self._bits


def packed_shape(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Shape of a bit-packed volume."""
    z, y, x = shape
    return z, y, -(-x // _BITS)


def pack_volumes(
    path: Path,
    digests: Sequence[str],
    bits_of: Callable[[str], Path],
    *,
    names: Mapping[str, str],
    progress: Progress | None = None,
) -> Volumes:
    """Write the volumes of ``digests``, in that order, into ``path`` and an index beside it, or find them there.

    ``bits_of`` gives the file with the bits of a digest, ``names`` its volume's file for messages. Raises DataSetError where the
    volumes differ in shape; the file appears whole or not at all.
    """
    if (there := _existing(path, digests)) is not None:
        return there
    shape: tuple[int, int, int] | None = None
    with replacing(path) as temporary, temporary.open("wb") as stream:
        for number, digest in enumerate(digests):
            shape_now, bits = read_bits(bits_of(digest))
            if shape not in (None, shape_now):
                raise DataSetError(
                    f"networks take volumes of one shape, but {names[digest]} has {_shown([shape_now])} where others "
                    f"have {_shown([shape])}; leave the networks out with --models, or the volume out of the data set"
                )
            shape = shape_now
            stream.write(bits)
            if progress is not None:
                progress(number + 1, len(digests))
    if shape is None:
        raise DataSetError("there are no volumes to pack")
    write_json(_index(path), {"shape": list(shape), "digests": list(digests)})
    return PackedVolumes(path, shape, len(digests))


def packed_in(path: Path) -> PackedVolumes | None:
    """The volumes that ``pack_volumes`` wrote into ``path``; None where none lie there."""
    index = _read_index(path)
    return None if index is None else index[0]


def _existing(path: Path, digests: Sequence[str]) -> PackedVolumes | None:
    """The file packed by an earlier start of the run, if it is whole and of these volumes."""
    found = _read_index(path)
    if found is None or found[1] == list(digests):
        return None if found is None else found[0]
    log.info("%s is of other volumes and is written anew", path)
    return None


def _read_index(path: Path) -> tuple[PackedVolumes, list[str]] | None:
    """The file of bits and the digests of its volumes, if it is as long as its index says."""
    try:
        index = json.loads(_index(path).read_text(encoding="utf-8"))
        z, y, x = map(int, index["shape"])
        digests = list(index["digests"])
        size = path.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = size == len(digests) * int(np.prod(packed_shape((z, y, x))))
    return (PackedVolumes(path, (z, y, x), len(digests)), digests) if whole else None


def _index(path: Path) -> Path:
    return path.with_suffix(".json")


@lru_cache(maxsize=4)
def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        return np.memmap(path, np.uint8, mode="r", shape=shape)
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: expected {shape[0]} bit-packed volumes, got: {error}") from error


def _shown(shapes: Any) -> str:
    return ", ".join("x".join(map(str, shape)) for shape in sorted(shapes))
