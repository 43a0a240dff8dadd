"""Simulated results in the data contract: TIFF images and one Parquet file a volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...schema import INPUT_PREFIX, SCALAR_COLUMNS
from ..runs.atomic import replacing, write_parquet
from .cell import CellResult
from .children import Failure
from .volumes import Transport

if TYPE_CHECKING:
    from ...array_types import Mask

SUCCESS, FAILED, NOT_SIMULATED = "success", "failed", "not_simulated"
PORE_VALUE = 255

_TRACE = pa.struct([(name, pa.list_(pa.float32())) for name in ("Time_h", "Voltage_V", "Current_A")])
ROW_SCHEMA = pa.schema(
    [
        ("sample_id", pa.int64()),
        ("param_id", pa.int64()),
        ("filename", pa.string()),
        ("porosity", pa.float64()),
        ("tau_factor", pa.float64()),
        ("D_eff", pa.float64()),
        ("bruggeman_derived", pa.float64()),
        *((INPUT_PREFIX + name, pa.float64()) for name in SCALAR_COLUMNS),
        ("nominal_capacity_Ah", pa.float64()),
        ("status", pa.string()),
        ("error_message", pa.string()),
        ("capacity_trend_cycles", pa.list_(pa.int64())),
        ("capacity_trend_ah", pa.list_(pa.float64())),
        ("cycle_first", _TRACE),
    ]
)
"""The columns of a simulated data set; what is undefined is null, never a number that stands for it."""


@dataclass(frozen=True)
class Row:
    """One volume with one design; ``outcome`` is None for a cell that nothing could flow through."""

    volume: int
    design: int
    scalars: Mapping[str, float]
    transport: Transport
    outcome: CellResult | Failure | None


def image_name(volume: int) -> str:
    """The file name of a volume's image."""
    return f"sample_{volume:05d}.tif"


def rows_name(volume: int) -> str:
    """The file name of a volume's rows."""
    return f"sample_{volume:05d}.parquet"


def read_statuses(folder: Path) -> list[str]:
    """The status of every row in ``folder``."""
    return [
        status
        for path in sorted(folder.glob("*.parquet"))
        for status in pq.read_table(path, columns=["status"])["status"].to_pylist()
    ]


def write_image(path: Path, pore: Mask) -> None:
    """Write a mask as a multi-page TIFF, uint8, pore = 255."""
    import tifffile

    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            np.where(pore, PORE_VALUE, 0).astype(np.uint8),
            photometric="minisblack",
            compression="zlib",
            compressionargs={"level": 9},
            metadata=None,
        )


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows of one volume as zstd Parquet."""
    write_parquet(path, pa.Table.from_pylist([_record(row) for row in rows], schema=ROW_SCHEMA))


def _record(row: Row) -> dict[str, object]:
    result = row.outcome if isinstance(row.outcome, CellResult) else None
    failure = row.outcome if isinstance(row.outcome, Failure) else None
    structure = row.transport.structure
    return {
        "sample_id": row.volume,
        "param_id": row.design,
        "filename": image_name(row.volume),
        "porosity": row.transport.porosity,
        "tau_factor": row.transport.tau_factor,
        "D_eff": row.transport.d_eff,
        "bruggeman_derived": structure.bruggeman if structure else None,
        **{INPUT_PREFIX + name: row.scalars[name] for name in SCALAR_COLUMNS},
        "nominal_capacity_Ah": result.capacity[0] if result else None,
        "status": SUCCESS if result else FAILED if failure else NOT_SIMULATED,
        "error_message": failure.reason if failure else "no pore path along axis 0" if result is None else None,
        "capacity_trend_cycles": result.cycles if result else None,
        "capacity_trend_ah": result.capacity if result else None,
        "cycle_first": {"Time_h": result.time, "Voltage_V": result.voltage, "Current_A": result.current}
        if result
        else None,
    }
