"""A data set under a contract of its own: its table read whole, its inputs encoded, its targets taken as they are."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...array_types import Float64
from ...errors import DataSetError, did_you_mean
from ...schema import METRES, Contract
from ..settings import VolumeSettings
from ..targets.outcome import Reason
from .dataset import Dataset
from .designs import design_digests
from .inputs import encoded, numbers_of, truths_of, with_levels
from .observations import Observations
from .own_table import read_plain_table, read_tables
from .paths import image_root, table_files
from .reduce import NOT_SIMULATED, SUCCESS

log = logging.getLogger(__name__)

VOXEL_COLUMN = "voxel_size_m"
"""Column of the rows with the edge of a voxel; by its ending other parts know that it is in metres."""
VOXEL_COLUMNS = ("voxel_size_z_m", "voxel_size_y_m", "voxel_size_x_m")
"""Columns with the edges along the array axes of voxels that are no cubes."""


@dataclass(frozen=True, eq=False)
class OwnDataset:
    """A data set under its contract: the folder of its volumes, its table as it is stored, its rows as the audit sees them.

    ``contract`` has the levels of every category; ``table`` all columns of the files, row by row as in
    ``observations``.
    """

    dataset: Dataset
    contract: Contract
    table: pd.DataFrame
    observations: Observations


def read_own_data(
    data: Path,
    contract: Contract,
    *,
    images: Path | None = None,
    labels: Path | None = None,
    group_columns: Iterable[str] = (),
    unknown: Literal["refuse", "missing"] = "refuse",
) -> OwnDataset:
    """Read a data set under a contract.

    ``labels`` is a CSV or Parquet file whose columns are joined to the table by those that both have;
    ``group_columns`` are carried along; ``unknown`` levels of categories are refused or missing. Raises DataSetError naming the file or the column that is missing or
    of another kind than the contract declares.
    """
    dataset, table = open_table(data, contract, images=images, labels=labels)
    _check_columns(table, contract, data, group_columns)
    contract = with_levels(contract, table)
    inputs = encoded(table, contract, str(data), unknown=unknown)
    frame = _observations(table, inputs, contract, str(data))
    kept = {name: table[name] for name in group_columns if name not in frame}
    nothing = {"positive": 0, "negative": 0, "undecided": len(frame)}
    log.info("%s: %d rows, %d inputs, %d targets", data, len(frame), len(contract.inputs), len(contract.outputs))
    return OwnDataset(dataset, contract, table, Observations(frame.assign(**kept), 0, nothing))


def open_table(
    data: Path, contract: Contract, *, images: Path | None = None, labels: Path | None = None
) -> tuple[Dataset, pd.DataFrame]:
    """Folder of the volumes of a data set, and its whole table with ``labels`` joined. Raises as ``read_own_data``."""
    if images is None and contract.data.images is not None:
        images = (data if data.is_dir() else data.parent) / contract.data.images
    root = image_root(data, images)
    table = read_tables(table_files(data, root), data)
    if labels is not None:
        table = _joined(table, labels)
    return Dataset(data, root, (), {}), table


def _joined(table: pd.DataFrame, labels: Path) -> pd.DataFrame:
    """The table with the columns of another one, by the columns that both have."""
    other = read_plain_table(labels)
    keys = [str(name) for name in other if name in table]
    if not keys:
        raise DataSetError(f"label table {labels}: shares no column with the data set; expected its keys in both")
    if len(keys) == len(other.columns):
        raise DataSetError(f"label table {labels}: has no column that the data set lacks")
    if other.duplicated(keys).any():
        twice = other[other.duplicated(keys)].iloc[0][keys].to_dict()
        raise DataSetError(f"label table {labels}: the row of {twice} is there more than once")
    try:
        joined = table.merge(other, how="left", on=keys, validate="many_to_one", indicator="_poregrove_from")
    except ValueError as error:
        raise DataSetError(f"label table {labels}: {', '.join(map(str, keys))} cannot be joined: {error}") from error
    found = int((joined.pop("_poregrove_from") == "both").sum())
    if not found:
        raise DataSetError(f"label table {labels}: none of its rows has {', '.join(map(str, keys))} of the data set")
    log.info("label table %s: found %d of %d rows by %s", labels, found, len(table), ", ".join(map(str, keys)))
    return joined


def _check_columns(table: pd.DataFrame, contract: Contract, data: Path, group_columns: Iterable[str]) -> None:
    wanted = {f"data.{name}": name for name in contract.data.columns}
    wanted |= {f"inputs.{item.name}": item.column for item in contract.inputs}
    wanted |= {f"targets.{item.name}": item.column for item in contract.outputs}
    wanted |= {f"group column {name}": name for name in group_columns}
    lacking = {key: name for key, name in wanted.items() if name not in table}
    if lacking:
        names = list(map(str, table))
        lines = [f"  {key}: {name!r}{did_you_mean(name, names)}" for key, name in lacking.items()]
        raise DataSetError(f"{data}: the table lacks columns that the contract names\n" + "\n".join(lines))


def _observations(table: pd.DataFrame, inputs: pd.DataFrame, contract: Contract, where: str) -> pd.DataFrame:
    spec, n = contract.data, len(table)
    names = table[spec.filename]
    if names.isna().any():
        row = int(np.argmax(names.isna().to_numpy()))
        raise DataSetError(f"{where}: the column {spec.filename!r} is null in row {row}; every row needs its volume")
    status, failed = _status(table, spec.ok, where)
    nothing = np.full(n, np.nan)
    columns: dict[str, Any] = {
        "row": np.arange(n, dtype=np.int32),
        "sample_id": _key(table, spec.sample),
        "param_id": _key(table, spec.design),
        "filename": names.astype(str),
        "status": status,
        "failed": failed,
        **{str(name): values for name, values in inputs.items()},
        "porosity_raw": nothing if spec.porosity is None else _fraction(numbers_of(table[spec.porosity], where)),
        **{name: _voxel_sizes(table, size, contract, where) for name, size in _edges(contract).items()},
    }
    column_of = {item.name: item.column for item in contract.outputs}
    found = {
        name: _outcomes(numbers_of(table[column_of[name]], where), failed)
        for name in (*contract.cell_targets, *contract.volume_targets)
    }
    columns |= {name: values for name, (values, _) in found.items()}
    columns |= {f"{name}_reason": reasons for name, (_, reasons) in found.items()}
    none = pd.Series([None] * n, table.index, dtype=object)
    columns |= {"cycle_life_status": none, "dcir_method": none, "last_cycle": nothing}
    frame = pd.DataFrame(columns, index=table.index)
    return frame.assign(design_digest=design_digests(frame, contract.scalar_columns))


def _key(table: pd.DataFrame, column: str | None) -> pd.Series[Any]:
    if column is None:
        return pd.Series([None] * len(table), table.index, dtype=object)
    return table[column]


def _status(table: pd.DataFrame, column: str | None, where: str) -> tuple[pd.Series[Any], np.ndarray[Any, Any]]:
    """Status of each row's simulation in the table, and whether it failed."""
    if column is None:
        return _key(table, None), np.zeros(len(table), bool)
    values = table[column]
    words = values.astype(object).map(lambda value: str(value).strip(), na_action="ignore")
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return words, truths_of(values, where) != 1.0
    known = words.str.lower().isin(SUCCESS | NOT_SIMULATED | {"true", "1"})
    return words, (~known & words.notna()).to_numpy(bool)


def _fraction(values: Float64) -> Float64:
    """Porosities that can be one; NaN for the others, so that they decide nothing."""
    return np.where((values > 0) & (values < 1), values, np.nan)


def _edges(contract: Contract) -> dict[str, str | float | None]:
    """Columns of the rows with the edges of a voxel, one or three, and the source of each."""
    size = contract.data.voxel_size
    return dict(zip(VOXEL_COLUMNS, size, strict=True)) if isinstance(size, tuple) else {VOXEL_COLUMN: size}


def _voxel_sizes(table: pd.DataFrame, size: str | float | None, contract: Contract, where: str) -> Float64:
    """float64[n] in metres, NaN where unknown. DataSetError where a volume has two, or one that is no length."""
    unit = METRES[contract.data.voxel_unit]
    if size is None:
        return np.full(len(table), np.nan)
    if not isinstance(size, str):
        return np.full(len(table), size * unit)
    values = numbers_of(table[size], where) * unit
    if (odd := values <= 0).any() or not np.isfinite(values[~np.isnan(values)]).all():
        row = int(np.argmax(odd | np.isinf(values)))
        raise DataSetError(f"{where}: the voxel size in {size!r} is {values[row] / unit:g} in row {row}")
    several = pd.Series(values).groupby(table[contract.data.filename].to_numpy()).nunique()
    if (several > 1).any():
        raise DataSetError(f"{where}: the volume {several.idxmax()!r} has {several.max()} voxel sizes in {size!r}")
    return values


def _outcomes(values: Float64, failed: np.ndarray[Any, Any]) -> tuple[Float64, list[str | None]]:
    """A target with the reason of every value that is none."""
    finite = np.isfinite(values)
    reasons: list[str | None] = [
        None if ok else str(Reason.FAILED if lost else Reason.NOT_FINITE if np.isinf(value) else Reason.MISSING)
        for ok, lost, value in zip(finite, failed, values, strict=True)
    ]
    return np.where(finite, values, np.nan), reasons


def volume_settings(settings: VolumeSettings, contract: Contract) -> VolumeSettings:
    """Settings for reading volumes: those of the contract, except for the pore value where the settings name one."""
    named = ",".join(map(str, contract.data.pore)) or None
    read = replace(settings, pore=settings.pore or named, axis=contract.data.axis or settings.axis)
    if contract.data.voxel_size is None or settings.metric:
        return read
    return replace(read, voxel_size_from=",".join(_edges(contract)))


def without_targets(contract: Contract) -> Contract:
    """The contract as far as prediction needs it: a table to predict for has no results yet."""
    return replace(contract, outputs=(), data=replace(contract.data, ok=None))
