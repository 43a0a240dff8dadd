"""Segmentation: pore by the values that the caller names, by one rule where none are named, never by a guess."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..array_types import Mask
from ..errors import VolumeError
from .levels import Levels, any_of, levels_of, listed, tolerance_of, values_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


_PAIR = 2


@dataclass(frozen=True, eq=False)
class Segmented:
    """A pore mask (z, y, x) and how it was found.

    ``inside`` is False at voxels that are no part of the sample, None where all are; ``values`` are those taken as pore,
    empty for grey; ``pore`` says the same in words; ``threshold`` is Otsu's for a grey volume, else NaN; ``notes`` are
    sentences that a reader of the results should know.
    """

    mask: Mask
    inside: Mask | None
    values: tuple[float, ...]
    pore: str
    threshold: float
    notes: tuple[str, ...] = ()


def segment(
    voxels: NDArray[Any],
    pore: Sequence[float] | None = None,
    *,
    outside: float | None = None,
    upper: bool | None = None,
    lowest: float = 0.0,
) -> Segmented:
    """The pore space of a checked volume.

    ``pore`` names the values that are pore. Without it ``upper`` says which of two values, or which side of a grey
    threshold, is pore, and ``lowest`` below which a volume of one value has none of the upper. Where that is not
    known either: of two values, one of them 0, the other is pore (as in TauFactor and PoreSpy), and of a grey volume the
    darker side of Otsu's threshold; any other volume is refused. Two values that hold 99.9 % of the voxels count as two.
    ``outside`` is the value of voxels that are no part of the sample.

    Raises VolumeError that lists the values with their shares.
    """
    if pore is not None:
        return _named(voxels, pore, outside)
    levels = levels_of(voxels, outside)
    inside = None if outside is None else ~any_of(voxels, (outside,), levels.tolerance)
    if len(levels.values) > _PAIR:
        raise VolumeError(
            f"{len(levels.values)} labels {levels.in_words()}: no threshold parts labels; name those that are pore with --pore"
        )
    if levels.grey:
        mask = _above(voxels, levels.split) if upper else ~_above(voxels, levels.split)
        words = f"{'>' if upper else '<='} {levels.split:g}"
        note = f"grey values, parted by Otsu's threshold: pore is {words}; --pore VALUE names labels instead"
        return _segmented(mask, inside, (), words, levels.split, note)
    if len(levels.values) == _PAIR:
        return _of_two(voxels, inside, levels, upper=upper)
    value = levels.values[0]
    is_pore = (value > lowest) == (upper is not False)
    mask = np.full(voxels.shape, is_pore)
    return _segmented(mask, inside, (value,) if is_pore else (), f"{value:g}" if is_pore else "none")


def _above(voxels: NDArray[Any], split: float) -> Mask:
    """Voxels above a split; whole numbers are compared as such, not as eight bytes each."""
    return voxels > (split if voxels.dtype.kind == "f" else math.floor(split))


def _named(voxels: NDArray[Any], pore: Sequence[float], outside: float | None) -> Segmented:
    if not len(pore):
        raise VolumeError("expected at least one pore value, got none")
    if outside is not None and outside in pore:
        raise VolumeError(f"the value {outside:g} is named both as pore and as outside")
    tolerance = tolerance_of(voxels)
    inside = None if outside is None else ~any_of(voxels, (outside,), tolerance)
    if inside is not None and not inside.any():
        raise VolumeError(f"every voxel has the value {outside:g}, which was named as outside")
    mask = any_of(voxels, pore, tolerance)
    if not mask.any() and voxels.min() != voxels.max():
        raise VolumeError(f"no voxel has a pore value {listed(pore)}; there are {values_in_words(voxels)}")
    return _segmented(mask, inside, tuple(pore), ",".join(f"{value:g}" for value in pore))


def _of_two(voxels: NDArray[Any], inside: Mask | None, levels: Levels, *, upper: bool | None) -> Segmented:
    low, high = levels.values
    if upper is None:
        if 0.0 not in levels.values:
            raise VolumeError(f"values {levels.in_words()}, neither is 0: say which is pore with --pore")
        upper = high != 0.0
    mask = _above(voxels, levels.split) if upper else ~_above(voxels, levels.split)
    pore = high if upper else low
    if not levels.strays:
        return _segmented(mask, inside, (pore,), f"{pore:g}")
    share = f"{100 * levels.stray_share:.2g} % of the voxels"
    note = f"{share} hold other values ({listed(levels.strays)}) and count as the nearer of {low:g} and {high:g}"
    return _segmented(mask, inside, (pore,), f"{pore:g}", math.nan, note)


def _segmented(
    mask: Mask, inside: Mask | None, values: tuple[float, ...], words: str, threshold: float = math.nan, *notes: str
) -> Segmented:
    if inside is not None:
        mask = mask & inside
    return Segmented(np.ascontiguousarray(mask), inside, values, words, threshold, notes)
