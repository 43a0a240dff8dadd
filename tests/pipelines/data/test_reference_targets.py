"""The targets of the reference set against a computation by hand, and against twins written another way.

The hand computation reads the files with pandas and follows the definitions of the targets word by
word; it shares no code with the package.
"""

import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.data.target_table import target_table
from poregrove.pipelines.settings import TargetSettings
from poregrove.schema import TARGET_TABLE

ROOT = os.environ.get("POREGROVE_REFERENCE")
pytestmark = pytest.mark.skipif(not ROOT, reason="POREGROVE_REFERENCE names no folder with the reference set")
NAN = float("nan")
NUMBERS = [item.name for item in TARGET_TABLE.fields if item.kind == "float64"]


def reference():
    return Path(ROOT) / "reference"


@pytest.fixture(scope="module")
def raw():
    files = sorted((reference() / "rows").glob("*.parquet"))
    return pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)


@pytest.fixture(scope="module")
def found():
    return observe(open_dataset(reference()), TargetSettings())


def life_by_hand(pairs):
    limit = 0.8 * pairs[0][1]
    for cycle, capacity in pairs:
        if capacity <= limit:
            return float(cycle), "measured"
    half = pairs[len(pairs) // 2 :]
    slope, intercept = np.polyfit([cycle for cycle, _ in half], [capacity for _, capacity in half], 1)
    if slope >= 0 or (limit - intercept) / slope > 5000:
        return 5000.0, "censored"
    solution, last = (limit - intercept) / slope, float(pairs[-1][0])
    return (last, "floored") if solution < last else (solution, "projected")


def dcir_by_hand(voltage, current):
    """Discharge is positive in this set."""
    threshold = 0.01 * max(abs(value) for value in current)
    state = ["rest" if abs(value) < threshold else "discharge" if value > 0 else "charge" for value in current]
    for before, after in (("rest", "discharge"), ("rest", "charge"), ("discharge", "rest")):
        for i in range(len(state) - 1):
            if (state[i], state[i + 1]) == (before, after):
                value = (voltage[i] - voltage[i + 1]) / (current[i + 1] - current[i])
                return (value if value > 0 else NAN), f"{before}_to_{after}"
    return NAN, None


def voltage_by_hand(time, voltage, current):
    threshold = 0.01 * max(abs(value) for value in current)
    inside = [value >= threshold for value in current]
    samples = [v for v, is_inside in zip(voltage, inside, strict=True) if is_inside]
    area = duration = 0.0
    for i in range(len(time) - 1):
        if inside[i] and inside[i + 1]:
            area += (voltage[i] + voltage[i + 1]) / 2 * (time[i + 1] - time[i])
            duration += time[i + 1] - time[i]
    return sum(samples) / len(samples), area / duration


def by_hand(row):
    tau, porosity, d_eff, b = row.tau_factor, row.porosity, row.D_eff, row.bruggeman_derived
    tau_is_valid = math.isfinite(tau) and tau >= 0.999
    answer = {
        "sample_id": row.sample_id,
        "param_id": row.param_id,
        "filename": row.filename,
        "tau_factor": tau if tau_is_valid else NAN,
        "porosity": porosity if 0 < porosity < 1 else NAN,
        "d_eff": d_eff if math.isfinite(d_eff) and 0 < d_eff <= porosity else NAN,
        "bruggeman_exponent": b if math.isfinite(b) and tau_is_valid else NAN,
        **dict.fromkeys(NUMBERS[:6], NAN),
        "mean_discharge_voltage_time": NAN,
        "cycle_life_status": None,
        "dcir_method": None,
    }
    if row.status != "success":
        return answer
    pairs = zip(row.capacity_trend_cycles.tolist(), row.capacity_trend_ah.tolist(), strict=True)
    pairs = [(cycle, capacity) for cycle, capacity in pairs if math.isfinite(capacity)]
    time, voltage, current = (row.cycle_first[name].tolist() for name in ("Time_h", "Voltage_V", "Current_A"))
    answer["projected_cycle_life"], answer["cycle_life_status"] = life_by_hand(pairs)
    answer["capacity_fade_rate"] = np.polyfit([c for c, _ in pairs], [a for _, a in pairs], 1)[0]
    answer["initial_dcir"], answer["dcir_method"] = dcir_by_hand(voltage, current)
    answer["capacity_retention"] = 100 * pairs[-1][1] / pairs[0][1]
    answer["nominal_capacity"] = pairs[0][1]
    means = voltage_by_hand(time, voltage, current)
    answer["mean_discharge_voltage"], answer["mean_discharge_voltage_time"] = means
    return answer


def test_every_row_equals_the_computation_by_hand(raw, found):
    expected = pd.DataFrame([by_hand(row) for row in raw.itertuples()])[list(TARGET_TABLE.names)]
    table = target_table(found)
    assert len(table) == len(expected) == 24 * 13
    for name in ("sample_id", "param_id", "filename"):
        assert table[name].tolist() == expected[name].tolist()
    for name in NUMBERS:
        np.testing.assert_allclose(table[name].to_numpy(), expected[name].to_numpy(float), rtol=1e-9, err_msg=name)
    for name in ("cycle_life_status", "dcir_method"):
        assert [None if pd.isna(v) else v for v in table[name]] == [None if pd.isna(v) else v for v in expected[name]]


def test_the_set_is_as_its_description_says(found):
    frame = found.frame
    assert frame["cycle_life_status"].value_counts().to_dict() == {"projected": 227, "measured": 72}
    assert frame.loc[frame["failed"], "sample_id"].tolist() == [5022] * 13
    assert (frame["trend_dropped"] > 0).sum() == 20
    assert (found.current_sign, found.sign_votes) == (1, {"positive": 299, "negative": 0, "undecided": 13})
    assert not frame["leading_rest"].any()
    assert frame["dcir_method"].value_counts().to_dict() == {"rest_to_charge": 299}
    assert set(frame.loc[frame["tau_factor"].isna(), "sample_id"]) == {5023}
    assert frame.loc[frame["sample_id"] == 5022, "tau_factor"].notna().all()


def test_the_back_test_is_the_projection_of_the_shortened_trend(raw, found):
    measured = found.frame.index[found.frame["cycle_life_status"] == "measured"]
    for index in measured:
        row = raw.loc[index]
        pairs = [
            pair
            for pair in zip(row["capacity_trend_cycles"].tolist(), row["capacity_trend_ah"].tolist(), strict=True)
            if math.isfinite(pair[1])
        ]
        for percent in (86, 90, 95):
            end = next(i for i, pair in enumerate(pairs) if pair[1] <= percent / 100 * pairs[0][1])
            expected, status = life_by_hand(pairs[: end + 1])
            assert status != "measured"
            assert found.frame.loc[index, f"projection_{percent}"] == pytest.approx(expected, rel=1e-9)


def cycles_of(table, change):
    return pa.array([None if cycle is None else change(cycle) for cycle in table["cycle_first"].to_pylist()])


def flipped(cycle):
    return {**cycle, "Current_A": [-value for value in cycle["Current_A"]]}


def replaced(table, name, column):
    return table.set_column(table.schema.get_field_index(name), name, column)


def without_prefix(table):
    return table.rename_columns([name.removeprefix("input_") for name in table.schema.names])


def one_file(tables, folder):
    pq.write_table(pa.concat_tables(tables), folder / "all.parquet", row_group_size=50)


def many_flipped_files_without_prefix(tables, folder):
    for number, table in enumerate(tables):
        turned = without_prefix(replaced(table, "cycle_first", cycles_of(table, flipped)))
        pq.write_table(turned, folder / f"part_{number:03d}.parquet")


def hive_folders_with_json(tables, folder):
    for table in tables:
        place = folder / f"sample_id={table['sample_id'][0]}"
        place.mkdir()
        text = cycles_of(table, json.dumps)
        renamed = replaced(table, "cycle_first", text.cast(pa.string())).drop_columns("sample_id")
        names = ["porosity_measured" if name == "porosity" else name for name in renamed.schema.names]
        pq.write_table(renamed.rename_columns(names), place / "part-0.parquet")


@pytest.mark.parametrize("layout", [one_file, many_flipped_files_without_prefix, hive_folders_with_json])
def test_a_twin_in_another_layout_has_the_same_targets(found, tmp_path, layout):
    layout([pq.read_table(path) for path in sorted((reference() / "rows").glob("*.parquet"))], tmp_path)
    twin = observe(open_dataset(tmp_path), TargetSettings())
    assert twin.current_sign == (-1 if layout is many_flipped_files_without_prefix else 1)
    different = ["current_sign"]
    pd.testing.assert_frame_equal(twin.frame.drop(columns=different), found.frame.drop(columns=different), rtol=1e-12)
