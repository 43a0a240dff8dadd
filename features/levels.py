"""The values of a volume: a few labels and the share of each, or grey with a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import VolumeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MOST_LABELS = 16
"""With at most this many distinct values a volume holds labels, with more it is grey."""
NEARLY_ALL = 0.999
"""Two values that together hold this share of the voxels are the volume; the rest are strays."""
_PAIR = 2
_BINS = 65_535
"""Real numbers are distinguished to this part of their range, so that noise in the last digits makes no new label."""
_GAP, _WIDEST = 65, 655
"""Bins without a value between two labels, a thousandth of the range, and bins that noise about one label may fill, a
hundredth; what spreads further is grey."""
_FINEST, _LEAST = 1e-9, 1e-280
"""Ranges below this share of the values themselves, or of this number, are noise alone."""
_MOST_COUNTED = 4096
"""With more distinct values than this, integers far apart are grey, uncounted."""
_SHOWN = 8
"""Values that a message lists."""


@dataclass(frozen=True)
class Levels:
    """The distinct values of a volume in order, each with its share of the voxels.

    Empty for a grey volume, whose ``split`` is Otsu's threshold; of two labels it lies between them, of one or of more it
    is NaN. ``upper_share`` is the share of the voxels above the split. ``strays`` are the values of a volume of two that
    belong to neither, with the share of all of them. Stored numbers lie within ``tolerance`` of their label.
    """

    values: tuple[float, ...]
    shares: tuple[float, ...]
    split: float
    upper_share: float
    strays: tuple[float, ...] = ()
    stray_share: float = 0.0
    tolerance: float = 0.0

    @property
    def grey(self) -> bool:
        """Whether the volume has too many values for labels."""
        return not self.values

    def in_words(self) -> str:
        """The values and their shares."""
        shares = ", ".join(f"{100 * share:.3g} %" for share in self.shares)
        return f"{listed(self.values, MOST_LABELS)} (shares {shares})"


def levels_of(voxels: NDArray[Any], outside: float | None = None) -> Levels:
    """The levels of a checked volume, voxels of the value ``outside`` left out.

    Raises VolumeError where nothing is left, or where no threshold parts the values of a grey volume.
    """
    counted = _counted(voxels)
    if counted is None:
        return _grey(voxels if outside is None else voxels[voxels != outside])
    values, counts, tolerance = counted
    if outside is not None:
        kept = np.abs(values - outside) > tolerance
        if kept.all():
            raise VolumeError(
                f"no voxel has the value {outside:g} named as outside; there are {listed(values.tolist())}"
            )
        values, counts = values[kept], counts[kept]
    total = int(counts.sum())
    if not total:
        raise VolumeError(f"every voxel has the value {outside:g}, which was named as outside")
    first, second = _two_most_common(counts)
    if len(values) > _PAIR and counts[first] + counts[second] >= NEARLY_ALL * total:
        strays = np.delete(values, [first, second])
        two = np.array(sorted((first, second)))
        return _two(values, counts, two, tolerance, strays)
    if len(values) > MOST_LABELS:
        return _grey(voxels if outside is None else voxels[np.abs(voxels - np.float64(outside)) > tolerance])
    if len(values) == _PAIR:
        return _two(values, counts, np.array([0, 1]), tolerance, np.empty(0))
    shares = tuple((counts / total).tolist())
    return Levels(tuple(map(float, values)), shares, math.nan, math.nan, tolerance=tolerance)


def values_in_words(voxels: NDArray[Any]) -> str:
    """The first distinct values of a volume, or the range of its grey values."""
    counted = _counted(voxels)
    if counted is None or len(counted[0]) > MOST_LABELS:
        return f"grey values from {voxels.min():g} to {voxels.max():g}"
    return listed(counted[0].tolist())


def listed(values: Sequence[float], shown: int = _SHOWN) -> str:
    """The first values, and whether there are more."""
    text = ", ".join(f"{value:g}" for value in values[:shown])
    return text if len(values) <= shown else f"{text}, …"


def _two_most_common(counts: NDArray[np.int64]) -> tuple[int, int]:
    order = np.argsort(-counts, kind="stable")
    return int(order[0]), int(order[min(1, len(order) - 1)])


def _two(
    values: NDArray[np.float64],
    counts: NDArray[np.int64],
    two: NDArray[np.intp],
    tolerance: float,
    strays: NDArray[Any],
) -> Levels:
    low, high = values[two].tolist()
    total = int(counts.sum())
    split = low + (high - low) / 2.0
    return Levels(
        values=(low, high),
        shares=tuple((counts[two] / total).tolist()),
        split=split,
        upper_share=float(counts[values > split].sum() / total),
        strays=tuple(strays[:_SHOWN].tolist()),
        stray_share=1.0 - float(counts[two].sum() / total),
        tolerance=tolerance,
    )


def _grey(voxels: NDArray[Any]) -> Levels:
    threshold = otsu(voxels)
    return Levels((), (), threshold, float((voxels > threshold).mean()))


def otsu(voxels: NDArray[Any]) -> float:
    """Otsu's threshold (doi:10.1109/TSMC.1979.4310076).

    Raises VolumeError where the values lie too close together, or too far apart, for a histogram.
    """
    from skimage.filters import threshold_otsu

    low, high = voxels.min().item(), voxels.max().item()
    counted = voxels.dtype.kind in "iu" and high - low <= _BINS
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            # of integers scikit-image counts each value that there could be, 34 GB of them for 32 bits
            grey = voxels.ravel()  # three voxels along x are no colours
            threshold = float(threshold_otsu(grey if counted or grey.dtype.kind == "f" else grey.astype(np.float64)))
    except ValueError as error:
        raise VolumeError(f"no threshold parts the grey values from {low:g} to {high:g}: {error}") from error
    if not math.isfinite(threshold):
        raise VolumeError(f"no threshold parts the grey values from {low:g} to {high:g}")
    return threshold


_Counted = tuple["NDArray[np.float64]", "NDArray[np.int64]", float]


def _counted(voxels: NDArray[Any]) -> _Counted | None:
    """Distinct values, how often each occurs, and how far stored numbers lie from them; None where too many."""
    if voxels.dtype.kind == "b":
        ones = int(np.count_nonzero(voxels))
        return _occurring(0, np.array([voxels.size - ones, ones]))
    if voxels.dtype.kind == "f":
        return _counted_reals(voxels)
    low, high = voxels.min().item(), voxels.max().item()
    ends = np.unique([low, high])
    of_ends = np.array([sum(int(np.count_nonzero(plane == end)) for plane in voxels) for end in ends.tolist()])
    if of_ends.sum() == voxels.size:  # as nearly always; ten times faster than a count of every value
        return ends.astype(np.float64), of_ends, 0.0
    if high - low <= _BINS:
        counts = np.zeros(high - low + 1, np.int64)
        for plane in voxels:
            # plane by plane: a count needs eight bytes a voxel
            counts += np.bincount((plane.astype(np.int64) - low).ravel(), minlength=len(counts))
        return _occurring(low, counts)
    found: dict[float, int] = {}
    for plane in voxels:
        for value, count in zip(*map(np.ndarray.tolist, np.unique(plane, return_counts=True)), strict=True):
            found[value] = found.get(value, 0) + count
        if len(found) > _MOST_COUNTED:
            return None
    order = sorted(found)
    return np.array(order, np.float64), np.array([found[value] for value in order], np.int64), 0.0


def _occurring(low: int, counts: NDArray[np.int64]) -> _Counted:
    present = np.flatnonzero(counts)
    return present.astype(np.float64) + low, counts[present], 0.0


def _counted_reals(voxels: NDArray[Any]) -> _Counted | None:
    low, high = float(voxels.min()), float(voxels.max())
    if low == high:
        return np.array([low]), np.array([voxels.size], np.int64), 0.0
    width = bin_width(voxels)
    # no bins for values that lie beyond the digits of a number, or within its last ones
    if not math.isfinite(width) or width * _BINS < _FINEST * max(abs(low), abs(high), _LEAST):
        return None
    counts = np.zeros(_BINS + 1, np.int64)
    for plane in voxels:
        counts += np.bincount(
            np.rint((plane.astype(np.float64) - low) / width).astype(np.int64).ravel(), minlength=_BINS + 1
        )
    present = np.flatnonzero(counts)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(present) > _GAP) + 1])
    ends = np.append(starts[1:], len(present)) - 1
    spread = int((present[ends] - present[starts]).max())
    if spread > _WIDEST:
        starts, spread = np.arange(len(present)), 0
    sizes = np.add.reduceat(counts[present], starts)
    values = low + width * np.add.reduceat(counts[present] * present, starts) / sizes
    tolerance = (spread + 2) * width
    whole = np.rint(values)
    known = np.where(np.abs(values - whole) <= tolerance, whole, values)
    if len(known) <= MOST_LABELS:
        # bins are not exact: one of the stored numbers stands for each label
        known = np.array(
            [value if value.is_integer() else _stored(voxels, value, tolerance) for value in known.tolist()]
        )
    return known, sizes, tolerance


def _stored(voxels: NDArray[Any], value: float, tolerance: float) -> float:
    near = np.abs(voxels - np.float64(value)) <= tolerance
    return float(voxels.flat[int(near.argmax())])


def bin_width(voxels: NDArray[Any]) -> float:
    """Difference up to which values of a volume count as one: 0 for whole numbers."""
    if voxels.dtype.kind != "f":
        return 0.0
    with np.errstate(over="ignore"):
        return float((np.float64(voxels.max()) - np.float64(voxels.min())) / _BINS)


def tolerance_of(voxels: NDArray[Any]) -> float:
    """Largest deviation of a stored number from the label that it stands for."""
    if voxels.dtype.kind != "f":
        return 0.0
    counted = _counted(voxels)
    return 2.0 * bin_width(voxels) if counted is None else counted[2]


def any_of(voxels: NDArray[Any], values: Iterable[float], tolerance: float) -> NDArray[np.bool_]:
    """The voxels (z, y, x) that hold one of the values, each within ``tolerance`` of it."""
    mask = np.zeros(voxels.shape, np.bool_)
    for value in values:
        mask |= voxels == value if tolerance == 0.0 else np.abs(voxels - np.float64(value)) <= tolerance
    return mask
