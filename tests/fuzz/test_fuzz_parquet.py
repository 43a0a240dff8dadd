"""Parquet files with spoilt bytes, and well-formed ones whose columns hold what no one expects."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import assume, given
from hypothesis import strategies as st

from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.data.target_table import target_table
from poregrove.pipelines.settings import TargetSettings
from poregrove.schema import ALL_TARGETS, SCALAR_COLUMNS

SPOILT_SHARE, GENERATED_SHARE = 0.15, 0.10
CYCLE = {"Time_h": [0.0, 0.5, 1.0, 1.5], "Voltage_V": [4.0, 3.9, 3.5, 3.0], "Current_A": [0.0, 5.0, 5.0, 5.0]}
ROW = {
    "sample_id": 1,
    "param_id": "a",
    "filename": "a.tif",
    "status": "success",
    "porosity": 0.5,
    "tau_factor": 2.0,
    "D_eff": 0.25,
    "bruggeman_derived": 2.0,
    **dict.fromkeys(SCALAR_COLUMNS, 1.0),
    "capacity_trend_cycles": [1, 2, 3, 4],
    "capacity_trend_ah": [5.0, 4.9, 4.8, 4.7],
    "cycle_first": CYCLE,
}
ODD = (0, -1, 1, 2**31, 2**63 - 1, -(2**63))
NUMBERS = st.one_of(st.none(), st.floats(), st.integers(-(2**63), 2**63 - 1), st.sampled_from(ODD))
VALUES = st.one_of(
    NUMBERS,
    st.text(max_size=8),
    st.binary(max_size=8),
    st.booleans(),
    st.decimals(-(10**6), 10**6, places=2),
    st.datetimes(),
    st.dates(),
    st.timedeltas(),
    st.lists(NUMBERS, max_size=4),
    st.lists(st.lists(NUMBERS, max_size=2), max_size=2),
    st.dictionaries(st.sampled_from((*CYCLE, "other")), st.lists(NUMBERS, max_size=4), max_size=4),
    st.just(json.dumps(CYCLE)),
)
KINDS = (
    pa.int8(),
    pa.uint64(),
    pa.float16(),
    pa.float32(),
    pa.decimal128(38, 4),
    pa.decimal256(70, 4),
    pa.bool_(),
    pa.null(),
    pa.string(),
    pa.large_string(),
    pa.binary(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.dictionary(pa.int8(), pa.float64()),
    pa.timestamp("s"),
    pa.timestamp("us", tz="Nowhere/Land"),
    pa.date64(),
    pa.time64("us"),
    pa.duration("ns"),
    pa.list_(pa.float16()),
    pa.list_(pa.int64(), 2),
    pa.large_list(pa.decimal128(20, 2)),
    pa.list_(pa.list_(pa.float64())),
    pa.map_(pa.string(), pa.float64()),
    pa.struct([(name, pa.list_(pa.float64())) for name in CYCLE]),
    pa.struct([(name, pa.list_(pa.decimal128(20, 2), 2)) for name in CYCLE]),
)


def observe_file(path):
    """Read a data set as every verb does first; a target is a number or has a reason."""
    found = observe(open_dataset(path), TargetSettings())
    assert len(target_table(found)) == len(found.frame)
    for target in ALL_TARGETS:
        finite = np.isfinite(found.frame[target.name].to_numpy())
        assert (finite == found.frame[f"{target.name}_reason"].isna().to_numpy()).all()


def seeds():
    rows = [ROW | {"sample_id": number} for number in range(6)]
    textual = [row | {"cycle_first": json.dumps(CYCLE)} for row in rows]
    for table, options in (
        (rows, {"compression": "none", "use_dictionary": False}),
        (rows, {"compression": "snappy"}),
        (textual, {"compression": "zstd", "row_group_size": 2}),
        (textual, {"compression": "none", "data_page_version": "2.0"}),
        (rows, {"compression": "gzip", "store_schema": False, "write_page_checksum": True}),
    ):
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(table), buffer, **options)
        yield buffer.getvalue()


def test_no_spoilt_parquet_file_does_harm(cases, harmless, spoilt, tmp_path):
    path = tmp_path / "a.parquet"
    path.touch()

    @cases.settings(SPOILT_SHARE)
    @given(spoilt(list(seeds())))
    def check(content):
        path.write_bytes(content)
        with harmless(tmp_path):
            observe_file(path)

    check()


@st.composite
def columns(draw):
    """Names of columns with a few values each, of a type that Arrow infers or that is forced on them."""
    n = draw(st.integers(0, 4))
    made = {name: pa.array([value] * n) for name, value in ROW.items()}
    for name in draw(st.lists(st.sampled_from((*ROW, "note", "input_Separator porosity")), max_size=4)):
        values = draw(st.one_of(*(st.lists(kind, min_size=n, max_size=n) for kind in (VALUES, NUMBERS))))
        kind = draw(st.one_of(st.none(), st.sampled_from(KINDS)))
        made[name] = arrow(values, kind)
    return made


def arrow(values, kind):
    """An Arrow array, of nulls where the values are not of the kind; or of text where they are of no one kind."""
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.nulls(len(values), kind) if kind is not None else pa.array(list(map(repr, values)))


def test_no_table_of_odd_columns_does_harm(cases, harmless, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    files = [data / "a.parquet", data / "b.parquet"]
    for file in files:
        file.touch()

    @cases.settings(GENERATED_SHARE)
    @given(st.lists(columns(), min_size=2, max_size=2))
    def check(tables):
        for file, made in zip(files, tables, strict=True):
            try:
                pq.write_table(pa.table(list(made.values()), names=list(made)), file)
            except (pa.ArrowException, OverflowError):
                assume(False)
        with harmless(tmp_path):
            observe_file(data)

    check()
