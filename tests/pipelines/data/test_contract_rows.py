"""A data set read under a contract of its own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.contract_rows import VOXEL_COLUMN, read_own_data, volume_settings
from poregrove.pipelines.data.voxel_sizes import columns_of, voxel_sizes
from poregrove.pipelines.settings import VolumeSettings
from poregrove.schema import Contract, DataSpec, InputSpec, TargetSpec

TABLE = pd.DataFrame(
    {
        "image": ["a.tif", "a.tif", "b.tif", "b.tif"],
        "load": [1.0, 2.0, 1.0, 2.0],
        "grade": ["x", "y", "x", "y"],
        "edge": [0.5, 0.5, 2.0, 2.0],
        "done": ["ok", "Completed", "diverged", None],
        "eps": [0.4, 0.4, 1.2, 1.2],
        "life": [3.0, np.inf, np.nan, np.nan],
    }
)
CONTRACT = Contract(
    DataSpec("image", ok="done", porosity="eps", voxel_size="edge", voxel_unit="um", pore=(0, 30), axis=2),
    (InputSpec("load", "load"), InputSpec("grade", "grade", kind="category")),
    (TargetSpec("life", "life"),),
)


@pytest.fixture(params=["csv", "parquet"])
def folder(request, tmp_path):
    write = TABLE.to_csv if request.param == "csv" else TABLE.to_parquet
    write(tmp_path / f"table.{request.param}", index=False)
    return tmp_path


def test_rows_hold_inputs_targets_and_reasons_from_either_format(folder):
    found = read_own_data(folder, CONTRACT)
    rows = found.observations.frame
    assert found.contract.inputs[1].levels == ("x", "y")
    np.testing.assert_array_equal(rows[["load", "grade=x", "grade=y"]], [[1, 1, 0], [2, 0, 1], [1, 1, 0], [2, 0, 1]])
    assert rows["failed"].tolist() == [False, False, True, False]
    assert rows["life_reason"].fillna("none").tolist() == ["none", "not_finite", "failed", "missing"]
    np.testing.assert_allclose(rows["life"], [3.0, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(rows["porosity_raw"], [0.4, 0.4, np.nan, np.nan])
    np.testing.assert_allclose(rows[VOXEL_COLUMN], [5e-7, 5e-7, 2e-6, 2e-6])
    assert rows["design_digest"].nunique() == 2
    assert list(found.table) == list(TABLE)


def test_voxels_that_are_no_cubes_have_three_columns(tmp_path):
    contract = replace(CONTRACT, data=replace(CONTRACT.data, voxel_size=("edge", "load", "load")))
    TABLE.to_csv(tmp_path / "table.csv", index=False)
    # one volume has one size: the loads of TABLE differ
    with pytest.raises(DataSetError, match="has 2 voxel sizes in 'load'"):
        read_own_data(tmp_path, contract)
    TABLE.assign(load=[1.0, 1.0, 2.0, 2.0]).to_csv(tmp_path / "table.csv", index=False)
    rows = read_own_data(tmp_path, contract).observations.frame
    np.testing.assert_allclose(rows["voxel_size_z_m"], [5e-7, 5e-7, 2e-6, 2e-6])
    np.testing.assert_allclose(rows["voxel_size_x_m"], [1e-6, 1e-6, 2e-6, 2e-6])
    source = volume_settings(VolumeSettings(), contract).voxel_size_from
    assert columns_of(source) == ("voxel_size_z_m", "voxel_size_y_m", "voxel_size_x_m")
    sizes = voxel_sizes(rows, columns_of(source), Path)
    assert sizes["a.tif"] == pytest.approx((5e-7, 1e-6, 1e-6))


def test_the_contract_says_how_volumes_are_read_and_the_user_has_the_last_word():
    found = volume_settings(VolumeSettings(), CONTRACT)
    assert (found.pore, found.axis, found.voxel_size_from) == ("0,30", 2, VOXEL_COLUMN)
    given = volume_settings(VolumeSettings(pore="7", voxel_size=1e-6), CONTRACT)
    assert (given.pore, given.voxel_size, given.voxel_size_from) == ("7", 1e-6, None)


def test_a_second_table_is_joined_by_the_columns_that_both_have(tmp_path):
    TABLE.drop(columns="life").to_csv(tmp_path / "table.csv", index=False)
    labels = tmp_path / "elsewhere" / "life.csv"
    labels.parent.mkdir()
    TABLE.loc[::-1, ["image", "load", "life"]].to_csv(labels, index=False)
    found = read_own_data(tmp_path / "table.csv", CONTRACT, labels=labels)
    np.testing.assert_allclose(found.observations.frame["life"][0], 3.0)
    pd.DataFrame({"image": ["a.tif", "a.tif"], "life": [1.0, 2.0]}).to_csv(labels, index=False)
    with pytest.raises(DataSetError, match="is there more than once"):
        read_own_data(tmp_path / "table.csv", CONTRACT, labels=labels)
    pd.DataFrame({"image": ["c.tif"], "life": [1.0]}).to_csv(labels, index=False)
    with pytest.raises(DataSetError, match="none of its rows has image of the data set"):
        read_own_data(tmp_path / "table.csv", CONTRACT, labels=labels)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"edge": [0.5, 0.6, 2.0, 2.0]}, "'a.tif' has 2 voxel sizes"),
        ({"edge": [0.5, 0.5, -2.0, -2.0]}, "is -2 in row 2"),
        ({"image": ["a.tif", None, "b.tif", "b.tif"]}, "'image' is null in row 1"),
        ({"load": ["one", "two", "one", "two"]}, "'load' must hold numbers"),
    ],
)
def test_what_cannot_be_read_so_is_named(tmp_path, change, said):
    TABLE.assign(**change).to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(DataSetError, match=said):
        read_own_data(tmp_path, CONTRACT)


def test_columns_that_the_contract_names_and_the_table_lacks_are_listed(tmp_path):
    TABLE.rename(columns={"life": "lives", "edge": "voxel"}).to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(DataSetError) as error:
        read_own_data(tmp_path, CONTRACT)
    assert "targets.life: 'life'; did you mean 'lives'?" in str(error.value)
    assert "data.edge: 'edge'" in str(error.value)


def test_the_tables_of_a_run_inside_the_folder_are_no_data(folder):
    run = folder / "run"
    run.mkdir()
    for name in ("identity.json", "run.log"):
        (run / name).write_text("{}", encoding="utf-8")
    pd.DataFrame({"row": [1]}).to_parquet(run / "rows.parquet")
    assert len(read_own_data(folder, CONTRACT).table) == 4
