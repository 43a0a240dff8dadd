"""A network that is not ours, trained on exported folds by a process that imports nothing of poregrove, in a report."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.commands.main import main
from poregrove.pipelines.simulate.sample import sample_folder

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "own_network.py"
LIFE = "projected_cycle_life"
FOLDS = ("--regimes", "new-both", "--repeats", "1", "--targets", LIFE)
WATCHED = """
import runpy, sys
try:
    runpy.run_path(sys.argv[1], run_name="__main__")
finally:
    assert not [name for name in sys.modules if name.split(".")[0] == "poregrove"]
"""
"""Runs a script, then looks at what it imported."""


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    """The folds of the shipped sample: nine trainings."""
    pytest.importorskip("torch")
    out = tmp_path_factory.mktemp("folds")
    assert main(["folds", str(sample_folder()), "--out", str(out), *FOLDS, "--workers", "1", "--quiet"]) == 0
    return out


def executed(*words, folder):
    done = subprocess.run(
        [sys.executable, "-W", "error", *map(str, words)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_it_is_plain_and_short():
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 60
    assert not re.search(r"^\s*(import|from) poregrove", text, re.MULTILINE)


@pytest.fixture(scope="module")
def predictions(folds):
    executed("-c", WATCHED.replace("sys.argv[1]", repr(str(SCRIPT))), folds, "own.parquet", "--epochs", 3, folder=folds)
    return folds / "own.parquet"


def test_it_predicts_every_test_row_once(folds, predictions):
    found, parts = pd.read_parquet(predictions), pd.read_parquet(folds / "folds.parquet")
    keys = ["regime", "repeat", "fold", "row"]
    test = parts[parts["part"] == "test"][keys].astype({"regime": object})
    merged = test.merge(found, on=keys, how="outer", indicator=True, validate="one_to_one")
    assert set(merged["_merge"]) == {"both"}
    assert found.groupby("fold").ngroups == 9
    assert np.isfinite(found["y_pred"]).all()
    assert found.attrs["parameters"] > 100


def test_the_report_answers_whether_it_beats_the_best_baseline(folds, predictions, tmp_path):
    data, run = str(sample_folder()), str(tmp_path / "run")
    quick = [
        word
        for name in ("importance", "ablation", "learning_curves", "costs")
        for word in ("--set", f"study.{name}=false")
    ]
    compare = ["--models", "mean,ridge", "--feature-sets", "none,scalars", "--set", "comparison.bootstrap=200"]
    assert main(["compare", data, "--out", run, *FOLDS, *compare, *quick, "--workers", "1", "--quiet"]) == 0
    before = json.loads(Path(run, "summary.json").read_text())["challengers"]
    assert before["found"] == []
    assert before["sentence"].startswith(
        "No network entered; the best baseline on projected cycle life under R4 is ridge, scalars (R²"
    )
    assert main(["enter", run, f"My net={predictions}", "--quiet"]) == 0
    (found,) = json.loads(Path(run, "summary.json").read_text())["challengers"]["found"]
    own, y = pd.read_parquet(predictions), pd.read_parquet(folds / "rows.parquet").set_index("row")[LIFE]
    truth = y[own["row"]].to_numpy()
    capped = own["y_pred"].to_numpy(float).clip(1, y.max())
    r2 = 1 - ((capped - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    scores = pd.read_parquet(Path(run, "scores.parquet")).query("metric == 'r2' and scale == 'raw'").set_index("model")
    assert scores["value"]["My net"] == pytest.approx(r2, abs=1e-5)
    assert found["on_target"]["difference"]["value"] == pytest.approx(r2 - scores["value"]["ridge"], abs=1e-5)
    words = {"positive": "My net beats", "negative": "My net does not beat", "undetermined": "Whether My net beats"}
    assert found["sentence"].startswith(words[found["on_target"]["sign"]])


def test_the_example_of_the_readme_runs_as_it_stands(folds, tmp_path):
    text = (folds / "README.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert len(code.splitlines()) <= 25
    assert "(200, 32)" in code
    script = tmp_path / "example.py"
    script.write_text(code.replace("(200, 32)", "(2, 8)"))
    executed("-c", WATCHED.replace("sys.argv[1]", repr(str(script))), folder=folds)
    found = pd.read_parquet(folds / "predictions.parquet")
    assert set(found["fold"]) == set(range(9))
    assert "poregrove enter RUN" in text
    assert found["folds_digest"].unique().tolist() == re.findall(r"Folds digest: `(\w+)`", text)
