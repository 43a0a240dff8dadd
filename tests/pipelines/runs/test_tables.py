"""A table is written as its suffix says, or refused before any work."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as pa_feather
import pyarrow.parquet as pq
import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.runs.atomic import check_table_suffix, write_table

FRAME = pd.DataFrame({"name": ["a, b", None, 'say "x"'], "value": [1.5, np.nan, -2.0], "n": [1, 2, 3]})
READERS = {".parquet": pq.read_table, ".feather": pa_feather.read_table, ".arrow": pa_feather.read_table}


@pytest.mark.parametrize("suffix", READERS)
def test_arrow_formats_come_back_the_same(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write_table(path, FRAME)
    pd.testing.assert_frame_equal(READERS[suffix](path).to_pandas(), FRAME)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["t.csv", "t.CSV"])
def test_csv_is_text_that_pandas_reads_back(tmp_path, name):
    write_table(tmp_path / name, FRAME)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / name), FRAME)


def test_csv_names_units_in_its_heads_where_asked_as_data_sets_name_their_inputs(tmp_path):
    fields = [
        pa.field("surface", pa.float64(), metadata={"unit": "1/m"}),
        pa.field("porosity", pa.float64(), metadata={"unit": "-"}),
        pa.field("Radius [m]", pa.float64(), metadata={"unit": "m"}),
        pa.field("note", pa.string()),
    ]
    table = pa.table([[2.5], [0.5], [1e-6], ["a"]], schema=pa.schema(fields))
    write_table(tmp_path / "t.csv", table, unit_heads=True)
    assert list(pd.read_csv(tmp_path / "t.csv")) == ["surface [1/m]", "porosity", "Radius [m]", "note"]
    write_table(tmp_path / "plain.csv", table)
    assert list(pd.read_csv(tmp_path / "plain.csv")) == table.column_names


@pytest.mark.parametrize("name", ["t.xlsx", "t", "t.parquet.gz", ".csv"])
def test_any_other_suffix_is_refused(tmp_path, name):
    with pytest.raises(SettingsError, match=r"expected a name that ends in \.parquet, \.csv, \.feather, \.arrow"):
        check_table_suffix(tmp_path / name)


@pytest.mark.parametrize(
    "words",
    [
        ("extract", "nowhere"),
        ("targets", "nowhere"),
        ("predict", "nowhere", "nowhere"),
        ("init", "nowhere"),
        ("report", "a", "b"),
    ],
    ids=lambda words: words[0],
)
def test_the_command_line_refuses_it_before_it_looks_at_its_input(tmp_path, capsys, words):
    assert main([*words, "--out", str(tmp_path / "x.xlsx")]) == 2
    assert "got '.xlsx'" in capsys.readouterr().err
