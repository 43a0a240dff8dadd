"""The data contract, read back by other eyes than the writer's."""

import numpy as np
import pyarrow.parquet as pq
import pytest
import tifffile

from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.simulate.cell import CellResult
from poregrove.pipelines.simulate.children import Failure
from poregrove.pipelines.simulate.designs import latin_hypercube
from poregrove.pipelines.simulate.volumes import Transport
from poregrove.pipelines.simulate.writer import (
    ROW_SCHEMA,
    Row,
    image_name,
    read_statuses,
    rows_name,
    write_image,
    write_rows,
)
from poregrove.schema import SCALAR_COLUMNS

VECTORS = latin_hypercube(3, seed=0)
RESULT = CellResult(
    cycles=[1, 2, 3, 4],
    capacity=[5.0, 4.6, 4.2, 3.9],
    time=[0.0, 0.05, 0.05, 0.25, 0.45],
    voltage=[4.2, 4.2, 4.0, 3.6, 3.2],
    current=[0.0, 0.0, 10.0, 10.0, 10.0],
    seconds=1.0,
)
OPEN = Transport(0.4, 2.0, 0.2)
CLOSED = Transport(0.1)


@pytest.fixture
def folder(tmp_path):
    mask = np.zeros((5, 6, 7), bool)
    mask[:, 2:4] = True
    for number in (0, 1):
        write_image(tmp_path / "images" / image_name(number), mask)
    write_rows(
        tmp_path / "rows" / rows_name(0),
        [Row(0, 0, VECTORS[0], OPEN, RESULT), Row(0, 2, VECTORS[2], OPEN, Failure("it hung"))],
    )
    write_rows(tmp_path / "rows" / rows_name(1), [Row(1, 1, VECTORS[1], CLOSED, None)])
    return tmp_path


def test_images_are_multi_page_bytes_with_pore_255(folder):
    with tifffile.TiffFile(folder / "images" / "sample_00000.tif") as file:
        assert len(file.pages) == 5
        voxels = file.asarray()
    assert voxels.dtype == np.uint8
    assert voxels.shape == (5, 6, 7)
    assert np.all(voxels[:, 2:4] == 255)
    assert voxels.sum() == 255 * 5 * 2 * 7


def test_columns_are_those_of_the_contract(folder):
    table = pq.read_table(folder / "rows" / "sample_00000.parquet")
    assert table.schema.equals(ROW_SCHEMA)
    assert {f"input_{name}" for name in SCALAR_COLUMNS} < set(table.column_names)
    row = table.to_pylist()[0]
    assert row["cycle_first"].keys() == {"Time_h", "Voltage_V", "Current_A"}
    assert row["nominal_capacity_Ah"] == row["capacity_trend_ah"][0] == 5.0
    assert row["bruggeman_derived"] == pytest.approx(1 - np.log(2.0) / np.log(0.4))


def test_what_is_not_known_is_null(folder):
    failed = pq.read_table(folder / "rows" / "sample_00000.parquet").to_pylist()[1]
    assert (failed["status"], failed["error_message"]) == ("failed", "it hung")
    assert failed["tau_factor"] == 2.0
    closed = pq.read_table(folder / "rows" / "sample_00001.parquet").to_pylist()[0]
    assert closed["status"] == "not_simulated"
    assert closed["porosity"] == 0.1
    assert all(closed[name] is None for name in ("tau_factor", "D_eff", "bruggeman_derived"))
    for row in (failed, closed):
        assert all(
            row[name] is None
            for name in ("capacity_trend_ah", "capacity_trend_cycles", "cycle_first", "nominal_capacity_Ah")
        )


def test_statuses_are_read_back(folder):
    assert read_statuses(folder / "rows") == ["success", "failed", "not_simulated"]


def test_the_targets_are_those_of_the_cell(folder):
    seen = observe(open_dataset(folder), TargetSettings())
    assert seen.current_sign == 1
    first = seen.frame.iloc[0]
    assert first["projected_cycle_life"] == 4
    assert first["cycle_life_status"] == "measured"
    assert first["capacity_retention"] == pytest.approx(78)
    assert first["initial_dcir"] == pytest.approx(0.02, rel=1e-5)
    assert first["dcir_method"] == "rest_to_discharge"
    assert first["mean_discharge_voltage"] == pytest.approx(3.6, rel=1e-6)
    assert first["bruggeman_exponent"] == pytest.approx(1 - np.log(2.0) / np.log(0.4))
    assert list(first[list(SCALAR_COLUMNS)]) == list(VECTORS[0].values())
    assert seen.frame["failed"].tolist() == [False, True, False]
    assert seen.frame.loc[1:, "nominal_capacity_reason"].tolist() == ["failed", "not_simulated"]
