"""One voxel size a volume, out of a column of the data set whose name ends in the unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import DataSetError, SettingsError
from ...features.voxels import metres_of

FILE = "file"
"""The word that means the files themselves, in place of the name of a column."""
_UNIT = re.compile(r"[\s_.\[(-]([A-Za-zµμ]+)[\])]?$")


def column_of(source: str | None) -> str | None:
    """The column that voxel sizes come from, None where they come from elsewhere."""
    return None if source in (None, FILE) else source


def voxel_sizes(rows: pd.DataFrame, column: str, resolve: Callable[[str], Path]) -> Mapping[str, float]:
    """Edges of voxels in metres by the path of the volume; files whose rows give none are left out.

    Raises SettingsError where the name of the column does not end in a unit of length, DataSetError where it holds no
    lengths or two for one file.
    """
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
    found: dict[str, float] = {}
    for name, edge in by_file["min"].items():
        try:
            found[str(resolve(str(name)))] = float(edge)
        except DataSetError:
            continue  # a name that leads nowhere is reported where the volume is opened
    return found
