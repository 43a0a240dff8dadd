"""One row of targets an input row: schema, keys, failures, signs, layouts."""

import json
from dataclasses import fields

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data import dataset as dataset_module
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.targets.cell import CellTargets
from poregrove.pipelines.targets.outcome import Reason
from poregrove.pipelines.targets.volume import VolumeTargets
from poregrove.schema import ALL_TARGETS, CELL_TARGETS, OBSERVATIONS, SCALAR_COLUMNS, VOLUME_TARGETS

TARGETS = tuple(target.name for target in ALL_TARGETS)


def observed(path, settings=None, **options):
    return observe(open_dataset(path), settings or TargetSettings(), **options)


def flipped(cycle):
    return cycle | {"Current_A": [-value for value in cycle["Current_A"]]}


def test_every_target_belongs_to_cell_or_volume():
    assert {*CELL_TARGETS, *VOLUME_TARGETS} == set(TARGETS)
    assert set(CELL_TARGETS) == {field.name for field in fields(CellTargets)} - {"projections"}
    assert set(VOLUME_TARGETS) == {field.name for field in fields(VolumeTargets)}


def test_the_frame_has_the_columns_and_types_of_the_schema(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(0), row(1, status="failed")])
    frame = observed(tmp_path).frame
    assert tuple(frame.columns) == OBSERVATIONS.names
    for item in OBSERVATIONS.fields:
        if item.kind == "string":
            assert pd.api.types.is_string_dtype(frame[item.name].dtype) or frame[item.name].isna().all()
        elif item.kind != "source":
            assert str(frame[item.name].dtype) == item.kind


def test_the_numbers_of_one_row_by_hand(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    (found,) = observed(tmp_path).frame.to_dict("records")
    # trend 5, 4.95, 4.9, 4.85: 4.0 is reached at 21
    assert found["projected_cycle_life"] == pytest.approx(21.0)
    assert found["cycle_life_status"] == "projected"
    assert found["capacity_fade_rate"] == pytest.approx(-0.05)
    assert found["capacity_retention"] == pytest.approx(97.0)
    assert found["nominal_capacity"] == 5.0
    assert (found["trend_points"], found["trend_dropped"], found["last_cycle"]) == (4, 0, 4.0)
    # rest -> charge: (3.4 - 3.5) / (-5 - 0)
    assert found["initial_dcir"] == pytest.approx(0.02)
    assert (found["dcir_method"], found["dcir_voltage"]) == ("rest_to_charge", 3.4)
    assert found["mean_discharge_voltage"] == pytest.approx(3.5)
    assert found["mean_discharge_voltage_time"] == pytest.approx(3.5)
    assert (found["current_sign"], found["leading_rest"], found["failed"]) == (1, False, False)
    assert [found[name] for name in ("tau_factor", "porosity", "d_eff", "bruggeman_exponent")] == [2.0, 0.5, 0.25, 2.0]
    assert [found[name] for name in SCALAR_COLUMNS] == list(np.arange(15) + 1.0)


def test_nan_stands_exactly_where_a_reason_does(tmp_path, row, write):
    rows = [
        row(0),
        row(1, status="failed"),
        row(2, capacity_trend_ah=[5.0]),
        row(3, cycle_first=None),
        row(4, tau_factor=float("inf"), porosity=None, bruggeman_derived=None),
        row(5, capacity_trend_ah=[float("nan")] * 4),
    ]
    write(tmp_path / "a.parquet", rows)
    frame = observed(tmp_path).frame
    known = {reason.value for reason in Reason}
    for name in TARGETS:
        assert (frame[name].isna() == frame[f"{name}_reason"].notna()).all()
        assert set(frame[f"{name}_reason"].dropna()) <= known
    assert frame["projected_cycle_life_reason"].tolist()[1:3] == ["failed", "length_mismatch"]
    assert frame["initial_dcir_reason"][3] == "no_cycle"
    assert frame["capacity_retention_reason"][5] == "no_trend"
    assert frame["trend_dropped"][5] == 4
    assert frame["cycle_life_status"].isna().tolist() == [False, True, True, False, False, True]


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"status": "success"}, False),
        ({"status": " OK "}, False),
        ({"status": "failed"}, True),
        ({"status": "timeout"}, True),
        ({"status": "not_simulated", "capacity_trend_ah": None, "cycle_first": None}, False),
        ({"status": None}, False),
        ({"status": None, "capacity_trend_ah": None, "cycle_first": None}, True),
        ({"status": "", "capacity_trend_cycles": [], "capacity_trend_ah": [], "cycle_first": None}, True),
        ({"status": None, "capacity_trend_ah": None}, False),
        ({"status": "success", "capacity_trend_ah": None, "cycle_first": None}, False),
    ],
)
def test_which_rows_failed(tmp_path, row, write, changes, failed):
    write(tmp_path / "a.parquet", [row(0, **changes), row(1)])
    frame = observed(tmp_path).frame
    assert frame["failed"].tolist() == [failed, False]
    if failed:
        assert frame.loc[0, list(CELL_TARGETS)].isna().all()
        assert frame.loc[0, list(VOLUME_TARGETS)].notna().all()
        assert set(frame.loc[0, [f"{name}_reason" for name in CELL_TARGETS]]) == {"failed"}


def test_a_set_of_volumes_alone_has_no_failed_rows(tmp_path, row, write):
    missing = dict.fromkeys(("status", "capacity_trend_cycles", "capacity_trend_ah", "cycle_first"), ...)
    write(tmp_path / "a.parquet", [row(**missing)])
    found = observed(tmp_path)
    assert not found.frame["failed"].any()
    assert found.frame["nominal_capacity_reason"][0] == "column_missing"
    assert found.frame["initial_dcir_reason"][0] == "column_missing"
    assert (found.current_sign, found.sign_votes) == (0, {"positive": 0, "negative": 0, "undecided": 1})


def test_the_majority_decides_the_sign_for_all(tmp_path, row, write):
    usual = row()["cycle_first"]
    write(tmp_path / "a.parquet", [row(0, cycle_first=usual), row(1, cycle_first=flipped(usual)), row(2)])
    found = observed(tmp_path)
    assert (found.current_sign, found.sign_votes) == (1, {"positive": 2, "negative": 1, "undecided": 0})
    assert found.frame["current_sign"].tolist() == [1, -1, 1]
    # the flipped row is read under the majority's sign: its charge is taken for the discharge
    assert found.frame["mean_discharge_voltage"].tolist() == pytest.approx([3.5, 3.75, 3.5])


def test_the_majority_of_all_rows_wins_over_the_first_block(tmp_path, row, write, monkeypatch):
    monkeypatch.setattr(dataset_module, "BLOCK_ROWS", 2)
    usual = row()["cycle_first"]
    cycles = [usual, usual, *[flipped(usual)] * 5]
    write(tmp_path / "a.parquet", [row(index, cycle_first=cycle) for index, cycle in enumerate(cycles)])
    found = observed(tmp_path)
    assert (found.current_sign, found.sign_votes) == (-1, {"positive": 2, "negative": 5, "undecided": 0})
    assert found.frame["mean_discharge_voltage"].tolist() == pytest.approx([3.75] * 2 + [3.5] * 5)
    assert found.frame["row"].tolist() == list(range(7))


def test_a_tie_decides_nothing(tmp_path, row, write):
    usual = row()["cycle_first"]
    write(tmp_path / "a.parquet", [row(0), row(1, cycle_first=flipped(usual))])
    found = observed(tmp_path)
    assert found.current_sign == 0
    assert set(found.frame["initial_dcir_reason"]) == {"sign_undecided"}
    assert observed(tmp_path, TargetSettings(current_sign="negative")).current_sign == -1


def test_the_sign_can_be_set(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    found = observed(tmp_path, TargetSettings(current_sign="negative"))
    assert (found.current_sign, found.sign_votes["positive"]) == (-1, 1)
    assert found.frame["mean_discharge_voltage"][0] == pytest.approx(3.75)


def test_settings_reach_the_targets(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(bruggeman_derived=9.0)])
    settings = TargetSettings(end_of_life=0.98, life_cap=2.5, dcir="strict", bruggeman="derived", rest_threshold=0.5)
    frame = observed(tmp_path, settings).frame
    assert (frame["projected_cycle_life"][0], frame["cycle_life_status"][0]) == (3.0, "measured")
    assert frame["initial_dcir_reason"][0] == "no_rest_to_discharge"
    assert frame["bruggeman_exponent"][0] == pytest.approx(2.0)
    assert frame["bruggeman_raw"][0] == 9.0
    assert observed(tmp_path, TargetSettings(life_cap=10.0)).frame["cycle_life_status"][0] == "censored"


def test_projections_of_the_back_test(tmp_path, row, write):
    capacity = [5.0, 4.7, 4.4, 4.1, 3.8]
    write(tmp_path / "a.parquet", [row(capacity_trend_cycles=[1, 2, 3, 4, 5], capacity_trend_ah=capacity), row(1)])
    frame = observed(tmp_path).frame
    # A straight line reaches 4.0 at 1 + 1/.3; cut at 86 % = 4.3 it is seen until cycle 4, at 90 % until 3.
    assert frame["projection_86"][0] == pytest.approx(1 + 1 / 0.3)
    assert frame["projection_90"][0] == pytest.approx(1 + 1 / 0.3)
    assert np.isnan(frame["projection_95"][0])  # 4.7 <= 4.75 at the second point already
    assert frame.loc[1, ["projection_86", "projection_90", "projection_95"]].isna().all()


def test_raw_columns_are_what_the_data_set_says(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(tau_factor=-313446.5, D_eff=-1e-6, porosity=0.08, bruggeman_derived=1.0)])
    frame = observed(tmp_path).frame
    raw = frame.loc[0, ["tau_factor_raw", "d_eff_raw", "porosity_raw", "bruggeman_raw"]]
    assert raw.tolist() == [-313446.5, -1e-6, 0.08, 1.0]
    assert frame.loc[0, ["tau_factor", "d_eff", "bruggeman_exponent"]].isna().all()


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([7, 8], "int64"),
        ([7, None], "Int64"),
        (["a", "b"], "str"),
        ([0.5, 1.5], "float64"),
        ([None, None], "Int64"),
        (pa.array([7, 8], pa.int16()), "int16"),
        (pa.array(["a", "b"]).dictionary_encode(), "str"),
    ],
)
def test_keys_keep_their_types(tmp_path, row, write, values, dtype):
    table = pa.Table.from_pylist([row(0, param_id=...), row(1, param_id=...)])
    write(
        tmp_path / "a.parquet",
        table.append_column("param_id", pa.array(values) if isinstance(values, list) else values),
    )
    found = observed(tmp_path).frame["param_id"]
    assert pd.api.types.is_string_dtype(found.dtype) if dtype == "str" else str(found.dtype) == dtype
    expected = values if isinstance(values, list) else values.to_pylist()
    assert [None if pd.isna(value) else value for value in found] == expected


def test_integer_keys_of_two_widths_become_the_wider(tmp_path, row, write):
    for name, kind in (("a", pa.int16()), ("b", pa.int64())):
        table = pa.Table.from_pylist([row(param_id=...)]).append_column("param_id", pa.array([7], kind))
        write(tmp_path / f"{name}.parquet", table)
    write(tmp_path / "c.parquet", [row(param_id=None)])
    found = observed(tmp_path).frame["param_id"]
    assert str(found.dtype) == "Int64"
    assert found.tolist() == [7, 7, pd.NA]


def test_missing_ids_are_null(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(sample_id=..., param_id=...)])
    frame = observed(tmp_path).frame
    assert frame[["sample_id", "param_id"]].isna().all(axis=None)


def test_hive_folders_supply_columns(tmp_path, row, write):
    for index in (0, 1):
        folder = tmp_path / f"sample_id={5000 + index}" / "cell=A%20b"
        write(folder / "part-0.parquet", [row(index, sample_id=..., tau_factor=...)])
    (tmp_path / "sample_id=5001" / "cell=A%20b").rename(tmp_path / "sample_id=5001" / "tau_factor=2.25")
    found = observed(tmp_path).frame
    assert found["sample_id"].tolist() == [5000, 5001]
    assert str(found["sample_id"].dtype) == "int64"
    assert found["tau_factor_reason"][0] == "column_missing"
    assert found["tau_factor"][1] == 2.25


def test_hive_folders_may_be_null_or_text(tmp_path, row, write):
    for name in ("007", "x", "__HIVE_DEFAULT_PARTITION__"):
        write(tmp_path / f"sample_id={name}" / "a.parquet", [row(sample_id=...)])
    assert [None if pd.isna(key) else key for key in observed(tmp_path).frame["sample_id"]] == ["007", None, "x"]


def test_a_folder_that_says_nonsense_is_named(tmp_path, row, write):
    write(tmp_path / "tau_factor=high" / "a.parquet", [row(tau_factor=...)])
    with pytest.raises(DataSetError, match="tau_factor=high"):
        observed(tmp_path)


def test_group_columns_come_along_in_their_types(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(0, batch="u", scan=3), row(1, batch=None, scan=4)])
    frame = observed(tmp_path, group_columns=("batch", "scan", "sample_id", "batch")).frame
    assert tuple(frame.columns) == (*OBSERVATIONS.names, "batch", "scan")
    assert frame["scan"].tolist() == [3, 4]
    assert frame["batch"].isna().tolist() == [False, True]


def test_a_null_file_name_is_refused_with_its_row(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(0), row(1, filename=None)])
    with pytest.raises(DataSetError, match=r"a\.parquet.*'filename' is null in row 1"):
        observed(tmp_path)


def test_a_null_file_name_among_small_files_is_refused_with_its_own_file(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(0)])
    write(tmp_path / "b.parquet", [row(1), row(2, filename=None)])
    with pytest.raises(DataSetError, match=r"b\.parquet.*'filename' is null in row 1"):
        observed(tmp_path)


def test_nulls_in_scalars_are_nan(tmp_path, row, write):
    name = SCALAR_COLUMNS[3]
    write(tmp_path / "a.parquet", [row(0, **{f"input_{name}": None}), row(1)])
    write(tmp_path / "b.parquet", [row(2, **{f"input_{name}": None})])
    assert observed(tmp_path).frame[name].isna().tolist() == [True, False, True]


def test_forms_may_differ_between_files(tmp_path, row, write):
    cycle = row()["cycle_first"]
    write(tmp_path / "a.parquet", [row(0)])
    write(
        tmp_path / "b.parquet", [row(1, cycle_first=json.dumps(cycle), prefix="", porosity=..., porosity_measured=0.5)]
    )
    write(tmp_path / "c.parquet", [row(2, cycle_first=None, status="failed")])
    frame = observed(tmp_path).frame
    pd.testing.assert_series_equal(frame.loc[0, [*TARGETS]], frame.loc[1, [*TARGETS]], check_names=False)
    assert frame["failed"].tolist() == [False, False, True]


def test_progress_counts_up_to_all_rows(tmp_path, row, write, monkeypatch):
    write(tmp_path / "a.parquet", [row(0), row(1)])
    write(tmp_path / "b.parquet", [row(2)])
    seen = []
    observed(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]
    seen.clear()
    monkeypatch.setattr(dataset_module, "BLOCK_ROWS", 2)
    observed(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]


def test_the_frame_can_be_written_to(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    frame = observed(tmp_path).frame
    frame.loc[0, "tau_factor"] = 3.0
    frame["porosity"].to_numpy(copy=True)[0] = 1.0
    assert frame["tau_factor"][0] == 3.0
