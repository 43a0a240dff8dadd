"""Arguments of public functions, checked and brought to one form."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, TypeAlias

from ..errors import SettingsError, VolumeError
from .declaration import AXES
from .processes import cores
from .spacing import one_or_three
from .voxels import Spacing

Names: TypeAlias = "str | Iterable[str]"
"""One name, or several."""
Pore: TypeAlias = "float | Sequence[float]"
"""Grey values that are pore: one, or several."""
Edge: TypeAlias = "float | Sequence[float]"
"""Edge of a voxel in metres: one length, or three along z, y and x."""

_AXES = 3


def names_of(given: Names) -> tuple[str, ...]:
    """The names in ``"porosity"`` and in ``["porosity", "chord_length"]``; SettingsError for other values."""
    if isinstance(given, str):
        return (given,)
    names = tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise SettingsError(f"expected names, got {name!r}")
    return names


def axis_of(name: Any) -> int:
    """The place 0, 1, 2 of the axis named z, y, x; SettingsError for another name."""
    if name not in AXES:
        raise SettingsError(f"unknown axis {name!r}: one of {', '.join(AXES)}")
    return AXES.index(name)


def axes_of(given: Names) -> tuple[int, ...]:
    """The places of one or several axes, ascending; SettingsError for other names."""
    return tuple(sorted({axis_of(name) for name in names_of(given)}))


def pore_values(pore: Any) -> tuple[float, ...] | None:
    """The grey values in ``255`` and in ``(0, 128)``; None stays None. Raises SettingsError for other values."""
    if pore is None:
        return None
    values = tuple(pore) if isinstance(pore, Iterable) and not isinstance(pore, str) else (pore,)
    for value in values:
        if type(value) is bool or not isinstance(value, Real) or not math.isfinite(value):
            raise SettingsError(f"pore expects grey values such as 255 or (0, 128), got {pore!r}")
    return tuple(int(value) if float(value).is_integer() else float(value) for value in values)


def edge_of(voxel_size: Any) -> float | Spacing | None:
    """The edge of cubic voxels, the three edges (z, y, x) of others; None where unknown.

    Raises SettingsError for what is neither one length nor three, VolumeError for lengths that no voxel has.
    """
    if voxel_size is None or isinstance(voxel_size, Real):
        return checked_edge(None if voxel_size is None else float(voxel_size))
    edges = tuple(voxel_size) if isinstance(voxel_size, Iterable) and not isinstance(voxel_size, str) else ()
    if len(edges) != _AXES or not all(isinstance(edge, Real) for edge in edges):
        raise SettingsError(
            f"voxel_size expects a length in metres, as in 1e-7, or three (z, y, x), got {voxel_size!r}"
        )
    z, y, x = (float(edge) for edge in edges)
    return checked_edge((z, y, x))


def checked_edge(voxel_size: float | Spacing | None) -> float | Spacing | None:
    """The edge or edges of a voxel if they are lengths or unknown, one edge where three are the same; else VolumeError."""
    if voxel_size is None:
        return None
    edges = voxel_size if isinstance(voxel_size, tuple) else (voxel_size,)
    if not all(math.isfinite(edge) and edge > 0.0 for edge in edges):
        raise VolumeError(f"expected a positive voxel size in metres, got {voxel_size!r}")
    return one_or_three(voxel_size) if isinstance(voxel_size, tuple) else voxel_size


def device_of(device: str, backend: str | None, stacklevel: int = 3) -> str:
    """The device asked for, also by the word of version 0.1, ``backend``, with a DeprecationWarning."""
    if backend is None:
        return device
    warnings.warn("backend= is now called device=", DeprecationWarning, stacklevel=stacklevel)
    return backend


def processes_of(n_jobs: Any) -> int:
    """Number of processes that ``n_jobs`` means, as in scikit-learn: None 1, -1 all processors, -2 all but one."""
    if n_jobs is None:
        return 1
    if type(n_jobs) is bool or not isinstance(n_jobs, Integral) or int(n_jobs) == 0:
        raise SettingsError(f"n_jobs expects a number of processes, or -1 for all processors, got {n_jobs!r}")
    count = int(n_jobs)
    return count if count > 0 else max(1, cores() + 1 + count)
