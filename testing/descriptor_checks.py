"""Checks that hold for every descriptor, whatever it computes; a package can run them on its own."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingsError
from ..features import AXES, ColumnInfo, Descriptor, describe
from .volumes import DEGENERATE, ordinary_volumes

_CLOSE = {"morphology": (1e-6, 1e-9), "transport": (1e-3, 1e-5), "network": (1e-3, 1e-5)}
"""Relative and absolute differences that count as none: solvers stop at a tolerance, and a turned volume takes
another path to it."""
_SCALED = 1e-12
"""Relative difference that a change of the voxel size leaves."""
_BOUND = 1e-9
"""Tolerance of rounding beyond the bounds of a column."""
_EDGE = 2.5e-7
"""Edge of a voxel, in metres, at which scaling is tried."""
_ALONE = 5
"""Columns that are also computed without the others."""


@dataclass(frozen=True)
class Subject:
    """The columns under test, and the volumes that they are tried on."""

    columns: Mapping[str, ColumnInfo]
    volumes: Mapping[str, NDArray[np.bool_]]
    degenerate: Mapping[str, NDArray[np.bool_]] = field(default_factory=lambda: DEGENERATE)
    absolute: Mapping[str, float] = field(default_factory=dict)
    """Absolute differences that count as none, by name or pattern of a column."""

    def row(self, volume: NDArray[np.bool_], **options: Any) -> dict[str, float]:
        """The columns of a volume."""
        return describe(volume, **{"columns": tuple(self.columns), "device": "cpu", **options})

    def same(self, name: str, left: float, right: float) -> bool:
        """Whether two values of a column are equal within what its tier allows; NaN equals NaN."""
        relative, absolute = _CLOSE[self.columns[name].tier]
        for pattern, wider in self.absolute.items():
            if fnmatch.fnmatchcase(name, pattern):
                relative, absolute = 0.0, wider
        return (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=relative, abs_tol=absolute)


def check_descriptor(
    descriptor: Descriptor | Iterable[Descriptor],
    *,
    volumes: Mapping[str, NDArray[np.bool_]] | None = None,
    absolute: Mapping[str, float] | None = None,
) -> None:
    """Try a descriptor on ordinary and degenerate volumes against what its declaration promises.

    The columns declared are returned, within their bounds, NaN only where ``undefined`` says when, and the same
    every time; the volume is left as it was; lengths scale with the voxel size by
    ``length_power``; turning and mirroring the volume permutes the columns of the axes.

    Parameters
    ----------
    descriptor
        What ``poregrove.features.descriptor`` made of a function, one or several.
    volumes
        Boolean arrays (z, y, x) by name, to be tried instead of the ordinary ones.
    absolute
        Absolute differences between turned volumes that count as none, by name or pattern of a column, where
        those of its tier are too narrow.

    Raises
    ------
    AssertionError
        Naming the column, the volume and the promise that is broken.
    ValueError
        Where other columns are returned than declared.
    SettingsError
        For a function that is no descriptor.

    Examples
    --------
    >>> from poregrove.features import Column, descriptor
    >>> from poregrove.testing import check_descriptor
    >>> @descriptor(columns={"pores": Column("-", "pore voxels", low=0.0, high=10.0)}, tier="morphology", version=1)
    ... def pores(work):
    ...     return {"pores": float(work.pore_count)}
    >>> check_descriptor(pores)
    Traceback (most recent call last):
    AssertionError: pores: 2772.0 on 'open pores' is above its bound 10.0

    """
    given = list(descriptor) if isinstance(descriptor, Iterable) else [descriptor]
    for item in given:
        if not isinstance(item, Descriptor):
            raise SettingsError(f"expected what the decorator descriptor makes of a function, got {item!r}")
    columns = {column.name: column for item in given for column in item.columns}
    subject = Subject(columns, ordinary_volumes() if volumes is None else volumes, absolute=absolute or {})
    for check in CHECKS:
        check(subject)


def check_what_is_said(subject: Subject) -> None:
    """Every column declares its meaning, its unit and its axis."""
    for name, column in subject.columns.items():
        _demand(bool(column.unit), f"{name}: says no unit; '-' is none")
        _demand(not column.meaning.endswith("."), f"{name}: its meaning is a phrase and ends without a full stop")
        along = name.endswith(f"_{column.axis}")
        _demand(along == (column.axis is not None), f"{name}: its name ends with its axis, and only then with one")


def check_bounds(subject: Subject) -> None:
    """Values keep to their bounds; NaN is only where the column says when, and infinity nowhere."""
    for where, volume in {**subject.volumes, **subject.degenerate}.items():
        for name, value in subject.row(volume).items():
            column = subject.columns[name]
            if math.isnan(value):
                _demand(bool(column.undefined), f"{name}: NaN on {where!r}, and 'undefined' does not say when")
                continue
            _demand(math.isfinite(value), f"{name}: {value} on {where!r}; NaN stands for what is not defined")
            _demand(value >= column.low - _BOUND, f"{name}: {value} on {where!r} is below its bound {column.low}")
            _demand(value <= column.high + _BOUND, f"{name}: {value} on {where!r} is above its bound {column.high}")


def check_input_unchanged(subject: Subject) -> None:
    """The volume is left as it was."""
    for where, volume in subject.volumes.items():
        given = volume.copy()
        try:
            subject.row(given)
        except ValueError as error:
            if "read-only" in str(error):
                raise AssertionError(f"on {where!r}: writes into the volume: {error}") from error
            raise
        _demand(np.array_equal(given, volume), f"on {where!r}: the volume was changed")


def check_deterministic(subject: Subject) -> None:
    """The same volume gives the same numbers, however it lies in memory."""
    for where, volume in subject.volumes.items():
        first = subject.row(volume)
        for how, other in {"again": volume, "in another memory layout": np.asfortranarray(volume)}.items():
            for name, value in subject.row(other).items():
                equal = value == first[name] or (math.isnan(value) and math.isnan(first[name]))
                _demand(equal, f"{name}: {first[name]!r} on {where!r}, {how} {value!r}")


def check_alone(subject: Subject) -> None:
    """A column computed alone equals the column computed with others."""
    where, volume = next(iter(subject.volumes.items()))
    row = subject.row(volume)
    for name in list(row)[:: max(1, len(row) // _ALONE)]:
        alone = subject.row(volume, columns=(name,))[name]
        equal = alone == row[name] or (math.isnan(alone) and math.isnan(row[name]))
        _demand(equal, f"{name}: {row[name]!r} on {where!r} in company, {alone!r} alone")


def check_voxel_size(subject: Subject) -> None:
    """Lengths scale with the voxel size by the declared power."""
    where, volume = next(iter(subject.volumes.items()))
    plain, scaled = subject.row(volume), subject.row(volume, voxel_size=_EDGE)
    for name, value in plain.items():
        power = subject.columns[name].length_power
        expected = value * _EDGE**power
        equal = math.isclose(scaled[name], expected, rel_tol=_SCALED) or (
            math.isnan(scaled[name]) and math.isnan(value)
        )
        _demand(equal, f"{name}: {scaled[name]!r} on {where!r} in metres, expected {expected!r}: length_power {power}")


def check_axis_order(subject: Subject) -> None:
    """Transposing the volume permutes the columns of the axes."""
    for where, volume in subject.volumes.items():
        plain = subject.row(volume)
        for order in ((1, 0, 2), (2, 1, 0), (1, 2, 0)):
            turned = subject.row(np.ascontiguousarray(volume.transpose(order)))
            for name, value in plain.items():
                there = _turned(subject.columns[name], order)
                if there in turned:
                    text = f"{name}: {value!r} on {where!r}, but {there} is {turned[there]!r} with its axes as {order}"
                    _demand(subject.same(name, turned[there], value), text)


def check_mirror(subject: Subject) -> None:
    """The mirror image has the same numbers, or what ``mirror`` says."""
    for where, volume in subject.volumes.items():
        plain = subject.row(volume)
        for axis, letter in enumerate(AXES):
            mirrored = subject.row(np.flip(volume, axis))
            for name, value in plain.items():
                column = subject.columns[name]
                mirror = column.mirror if column.axis == letter else "same"
                there = _other_face(name) if mirror == "directed" else name
                if there not in mirrored or (mirror == "directed" and there == name):
                    continue
                expected = -value if mirror == "negated" else value
                text = f"{name}: {expected!r} expected on {where!r} mirrored along {letter}, {there} is {mirrored[there]!r}"
                _demand(subject.same(name, mirrored[there], expected), text)


CHECKS: tuple[Callable[[Subject], None], ...] = (
    check_what_is_said,
    check_input_unchanged,
    check_bounds,
    check_deterministic,
    check_alone,
    check_voxel_size,
    check_axis_order,
    check_mirror,
)


def _turned(column: ColumnInfo, order: tuple[int, ...]) -> str:
    """The column that a transposition moves a column to: new axis i is old axis order[i]."""
    if column.axis is None:
        return column.name
    return column.name.removesuffix(column.axis) + AXES[order.index(AXES.index(column.axis))]


def _other_face(name: str) -> str:
    """The column that looks from the opposite face, itself where a name has no face."""
    return name.replace("_low_", "_#_").replace("_high_", "_low_").replace("_#_", "_high_")


def _demand(holds: bool, otherwise: str) -> None:  # noqa: FBT001  reads as a sentence
    if not holds:
        raise AssertionError(otherwise)
