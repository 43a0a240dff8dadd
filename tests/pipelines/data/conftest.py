"""A small data set made by hand, written in whatever layout a test asks for."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.schema import INPUT_PREFIX, SCALAR_COLUMNS

CYCLE = {
    "Time_h": [0.0, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0],
    "Voltage_V": [4.0, 3.5, 3.0, 3.2, 3.4, 3.5, 4.0],
    "Current_A": [5.0, 5.0, 5.0, 0.0, 0.0, -5.0, -5.0],
}
TREND = [5.0, 4.95, 4.9, 4.85]


def make_row(index=0, *, prefix=INPUT_PREFIX, **changes):
    """One input row; a change of a value to ``...`` leaves the column out."""
    row = {
        "sample_id": 5000 + index,
        "param_id": index,
        "filename": f"sample_{5000 + index}.tif",
        "porosity": 0.5,
        "tau_factor": 2.0,
        "D_eff": 0.25,
        "bruggeman_derived": 2.0,
        **{prefix + name: 1.0 + position for position, name in enumerate(SCALAR_COLUMNS)},
        "status": "success",
        "capacity_trend_cycles": [1, 2, 3, 4],
        "capacity_trend_ah": TREND,
        "cycle_first": CYCLE,
    }
    return {name: value for name, value in {**row, **changes}.items() if value is not ...}


def write_rows(path, rows, **options):
    """Write a list of rows as one Parquet file; an Arrow table is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows), path, **options)
    return path


@pytest.fixture
def row():
    return make_row


@pytest.fixture
def write():
    return write_rows
