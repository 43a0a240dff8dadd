"""One voxel size a volume, out of one column of the data set or three (z, y, x), whose names end in the unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import DataSetError, SettingsError
from ...features.voxels import Spacing, metres_of

FILE = "file"
"""The word that means the files themselves, in place of the name of a column."""
_UNIT = re.compile(r"[\s_.\[(-]([A-Za-zµμ]+)[\])]?$")
_AXES = 3


def columns_of(source: str | None) -> tuple[str, ...]:
    """The column that voxel sizes come from, or the three for z, y and x with commas between; none where they come from elsewhere."""
    if source in (None, FILE):
        return ()
    parts = tuple(part.strip() for part in str(source).split(","))
    return parts if len(parts) == _AXES else (str(source),)


def voxel_sizes(
    rows: pd.DataFrame, columns: tuple[str, ...], resolve: Callable[[str], Path]
) -> Mapping[str, float | Spacing]:
    """Edges of voxels in metres by the path of the volume; files whose rows give none are left out.

    Raises SettingsError where the name of a column does not end in a unit of length, DataSetError where it holds no
    lengths or two for one file.
    """
    by_file = pd.concat([_edges(rows, column) for column in columns], axis=1, join="inner", sort=False)
    found: dict[str, float | Spacing] = {}
    for name, *edges in by_file.itertuples(name=None):
        try:
            path = str(resolve(str(name)))
        except DataSetError:
            continue  # a name that leads nowhere is reported where the volume is opened
        found[path] = float(edges[0]) if len(edges) == 1 else (float(edges[0]), float(edges[1]), float(edges[2]))
    return found


def _edges(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """Edges in metres in one column, by the name of the volume."""
    match = _UNIT.search(column)
    metres = metres_of(match[1]) if match else None
    if metres is None:
        raise SettingsError(
            f"--voxel-size {column}: expected metres, file, or a column whose name ends in its unit, as in voxel_um or 'edge [m]'"
        )
    try:
        edges = rows[column].astype(np.float64) * metres
    except (TypeError, ValueError) as error:
        raise DataSetError(f"the column {column!r} must hold voxel sizes: {error}") from error
    known = edges[edges.notna()]
    if not ((known > 0.0) & np.isfinite(known)).all():
        raise DataSetError(f"the column {column!r} must hold voxel sizes above 0, got {float(known.min()):g} m")
    by_file = known.groupby(rows["filename"], sort=False).agg(["min", "max"])
    torn = by_file[by_file["max"] > by_file["min"] * (1.0 + 1e-6)]
    if len(torn):
        name, (low, high) = torn.index[0], torn.iloc[0]
        raise DataSetError(f"the column {column!r} gives {name!r} two voxel sizes, {low:g} and {high:g} m")
    return by_file["min"]
