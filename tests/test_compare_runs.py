"""The script that compares two runs sees a single changed bit, and no difference where there is none."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PATH = Path(__file__).with_name("compare_runs.py")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("compare_runs", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def runs(tmp_path):
    predictions = pd.DataFrame({"row": [0, 1, 2], "y_pred": np.array([1.0, 2.0, np.nan], np.float32)})
    for name in ("before", "after"):
        folder = tmp_path / name / "predictions" / "target=porosity"
        folder.mkdir(parents=True)
        predictions.to_parquet(folder / "part-0.parquet")
        pd.DataFrame({"row": [0, 1, 2]}).to_parquet(tmp_path / name / "rows.parquet")
        pd.DataFrame({"model": ["mean"], "value": [0.5]}).to_parquet(tmp_path / name / "scores.parquet")
        pd.DataFrame({"seconds": [len(name)]}).to_parquet(tmp_path / name / "costs.parquet")
    return tmp_path / "before", tmp_path / "after"


def test_equal_runs_are_the_same_whatever_they_took(script, runs, capsys):
    assert script.main([*map(str, runs)]) == 0
    assert "3 files, all the same" in capsys.readouterr().out


def test_one_bit_of_one_prediction_is_seen(script, runs, capsys):
    file = runs[1] / "predictions" / "target=porosity" / "part-0.parquet"
    table = pd.read_parquet(file)
    table.loc[1, "y_pred"] = np.nextafter(np.float32(2), np.float32(3))
    table.to_parquet(file)
    assert script.main([*map(str, runs)]) == 1
    assert "part-0.parquet: y_pred: 1 of 3 values, by up to 2.38e-07" in capsys.readouterr().out


def test_files_rows_columns_and_words_are_compared(script, runs, capsys):
    pd.DataFrame({"model": ["ridge"], "value": [0.5]}).to_parquet(runs[1] / "scores.parquet")
    pd.DataFrame({"row": [0, 1]}).to_parquet(runs[1] / "rows.parquet")
    pd.DataFrame({"gap": [1.0]}).to_parquet(runs[0] / "gaps.parquet")
    assert script.main([*map(str, runs)]) == 1
    said = capsys.readouterr().out
    for part in (
        "model: 1 of 1 values, as 'mean' and 'ridge'",
        "rows.parquet: 3 rows, then 2",
        "gaps.parquet: only in",
    ):
        assert part in said
    assert "4 files" in said


def test_what_is_no_run_is_refused(script, tmp_path, runs):
    assert script.main([str(runs[0]), str(tmp_path)]) == 2
    assert script.main([str(runs[0])]) == 2
