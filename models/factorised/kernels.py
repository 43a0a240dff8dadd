"""Sums, histograms and splits of one level of a tree, compiled by numba when this module is first imported.

A node of a tree is a set of rows; the nodes of one level that may still be split stand in ``slots``. Sums are pairs: weighted
residuals, weights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np

from .bins import GAP

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...array_types import Float32, Float64, Ints, Mask, UInt8

F = TypeVar("F", bound="Callable[..., Any]")

OUTSIDE = 255
"""Slot of a row that is in none."""
_BLOCK = 2048
"""Rows that stay near the processor while they are added to one column after the other."""
_EMPTY = 1e-9
"""Weight that is left over where a histogram less another one is empty (weights have the mean 1)."""
LEAST_GAIN = 1e-6
"""Gain of a split at least, for residuals of variance 1, as XGBoost has it."""


def _kernel(function: F) -> F:
    """Compile at the first call, kept on disk for the next process where a folder can be written."""
    try:
        return numba.njit(function, cache=True, nogil=True)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(function, nogil=True)  # type: ignore[no-any-return]


@_kernel
def sums(
    volume: Ints,
    design: Ints,
    drawn_volumes: Mask,
    drawn_designs: Mask,
    node: UInt8,
    slots: UInt8,
    residual: Float64,
    weight: Float64,
    slot: UInt8,
    by_volume: Float64,
    by_design: Float64,
) -> None:
    """Add each row drawn to the sums of its slot and volume, float64[V, k, 2], and of its slot and design, float64[D, k, 2].

    slots: uint8[nodes], OUTSIDE where a node is not to be split; slot: uint8[n], which is filled in. This one pass over
    the rows is what a level costs beside its histograms.
    """
    for row in range(len(volume)):
        v, d = volume[row], design[row]
        k = slots[node[row]] if drawn_volumes[v] and drawn_designs[d] else OUTSIDE
        slot[row] = k
        if k != OUTSIDE:
            w = weight[row]
            r = residual[row] * w
            by_volume[v, k, 0] += r
            by_volume[v, k, 1] += w
            by_design[d, k, 0] += r
            by_design[d, k, 1] += w


@_kernel
def unit_histograms(bins: UInt8, chosen: Ints, of_units: Float64, histograms: Float64, first: int) -> None:
    """Add the sums of units (volumes, or designs) to the histograms, float64[k, c, bins, 2], of the chosen columns from ``first``."""
    units, slots = of_units.shape[0], of_units.shape[1]
    unit, end = np.empty(units * slots, np.int32), np.zeros(slots, np.int32)
    total, heft = np.empty(units * slots), np.empty(units * slots)
    filled = 0
    for k in range(slots):
        for u in range(units):
            if of_units[u, k, 1] > 0.0:
                unit[filled], total[filled], heft[filled] = u, of_units[u, k, 0], of_units[u, k, 1]
                filled += 1
        end[k] = filled
    for number in range(len(chosen)):
        column, start = bins[chosen[number]], 0
        for k in range(slots):
            histogram = histograms[k, first + number]
            for at in range(start, end[k]):
                b = column[unit[at]]
                histogram[b, 0] += total[at]
                histogram[b, 1] += heft[at]
            start = end[k]


@_kernel
def row_histograms(
    bins: UInt8, chosen: Ints, residual: Float64, weight: Float64, slot: UInt8, histograms: Float64, first: int
) -> None:
    """Add the rows that are in a slot one by one to the histograms of the chosen columns."""
    inside, total, heft = np.empty(_BLOCK, np.int64), np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, len(slot) if len(chosen) else 0, _BLOCK):
        filled = 0
        for row in range(start, min(start + _BLOCK, len(slot))):
            # written always and kept where the row is inside: what a branch would guess wrong costs more
            inside[filled], heft[filled], total[filled] = row, weight[row], residual[row] * weight[row]
            filled += slot[row] != OUTSIDE
        for number in range(len(chosen)):
            column = bins[chosen[number]]
            for at in range(filled):
                row = inside[at]
                k, b = slot[row], column[row]
                histograms[k, first + number, b, 0] += total[at]
                histograms[k, first + number, b, 1] += heft[at]


@_kernel
def best_split(
    histograms: Float64, bins: Ints, total: float, heft: float, least: float, penalty: float
) -> tuple[int, int, bool, float, float]:
    """Split of a node with the greatest gain: column (-1: none), last bin on the left, whether gaps go left, sums there.

    histograms: float64[c, bins, 2]; bins: int[c], of the values of each column; total, heft: sum of the residuals and of the weights
    of the node. Either side weighs at least ``least``. Where the node has no gaps they will go to the heavier side.
    """
    best, last, gap_left, best_gain, best_total, best_heft = -1, 0, True, LEAST_GAIN, 0.0, 0.0
    for number in range(len(bins)):
        histogram = histograms[number]
        gap_total, gap_heft = histogram[GAP, 0], histogram[GAP, 1]
        has_gaps = gap_heft > _EMPTY
        left_total, left_heft = 0.0, 0.0
        for b in range(1, bins[number] + 1):
            w = histogram[b, 1]
            if w <= _EMPTY:
                continue
            left_total += histogram[b, 0]
            left_heft += w
            for side in range(2 if has_gaps else 1):
                lt, lw = left_total + side * gap_total, left_heft + side * gap_heft
                rt, rw = total - lt, heft - lw
                if lw < least or rw < least:
                    continue
                gain = lt * lt / (lw + penalty) + rt * rt / (rw + penalty) - total * total / (heft + penalty)
                if gain > best_gain:
                    best, last, best_gain, best_total, best_heft = number, b, gain, lt, lw
                    gap_left = side == 1 if has_gaps else lw >= rw
    return best, last, gap_left, best_total, best_heft


@_kernel
def route(
    volume: Ints,
    design: Ints,
    by_volume: UInt8,
    by_design: UInt8,
    by_row: UInt8,
    node: UInt8,
    feature: Ints,
    last: Ints,
    gap_left: Mask,
    left: Ints,
    right: Ints,
) -> None:
    """Move each row whose node is split (``feature`` not -1) to the child that it falls to."""
    p, q = by_volume.shape[0], by_design.shape[0]
    for row in range(len(volume)):
        at = node[row]
        column = feature[at]
        if column < 0:
            continue
        if column < p:
            b = by_volume[column, volume[row]]
        elif column < p + q:
            b = by_design[column - p, design[row]]
        else:
            b = by_row[column - p - q, row]
        goes_left = gap_left[at] if b == GAP else b <= last[at]
        node[row] = left[at] if goes_left else right[at]


@_kernel
def subtract(residual: Float64, node: UInt8, value: Float64) -> None:
    """Take the value of each row's leaf from its residual."""
    for row in range(len(residual)):
        residual[row] -= value[node[row]]


@_kernel
def outputs(
    block: Float32,
    feature: Ints,
    threshold: Float64,
    left: Ints,
    right: Ints,
    gap_left: Mask,
    value: Float64,
    root: Ints,
    total: Float64,
) -> None:
    """Add the leaf values of all trees to ``total``, row by row of a matrix."""
    for row in range(block.shape[0]):
        for tree in range(len(root)):
            node = root[tree]
            while feature[node] >= 0:
                x = block[row, feature[node]]
                goes_left = gap_left[node] if math.isnan(x) else x <= threshold[node]
                node = left[node] if goes_left else right[node]
            total[row] += value[node]
