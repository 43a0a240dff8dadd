"""A bundle predicts the same elsewhere: in a process without any extra, and in a new virtual environment."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]
EXTRAS = (
    *("torch", "safetensors", "catboost", "optuna", "dask", "distributed", "onnx", "onnxmltools", "onnxruntime"),
    *("fastapi", "uvicorn", "porespy", "pybamm", "taufactor", "cupy"),
)
WITHOUT_EXTRAS = f"""
import sys


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Absent())
from poregrove.pipelines.commands.main import main

sys.exit(main(sys.argv[1:]))
"""


def arguments(finished, out):
    designs = out.with_suffix(".csv")
    finished.designs.head(3).to_csv(designs, index=False)
    return [
        *("predict", str(finished.bundle), str(finished.data / "images"), "--out", str(out)),
        *("--designs", str(designs), "--device", "cpu", "--workers", "1"),
    ]


@pytest.fixture(scope="module")
def here(finished, tmp_path_factory):
    """Predictions of this process."""
    from poregrove.pipelines.commands.main import main

    out = tmp_path_factory.mktemp("here") / "predictions.parquet"
    assert main([*arguments(finished, out), "--quiet"]) in {0, 1}
    return pd.read_parquet(out)


def assert_the_same(there, here, tolerance):
    assert list(there.columns) == list(here.columns)
    assert len(there) == len(here) > 0
    for name in here.columns:
        if pd.api.types.is_float_dtype(here[name]):
            np.testing.assert_allclose(there[name], here[name], rtol=tolerance, atol=0, equal_nan=True, err_msg=name)
        else:
            assert [None if pd.isna(value) else value for value in there[name]] == [
                None if pd.isna(value) else value for value in here[name]
            ], name


def test_no_extra_is_needed(finished, here, tmp_path):
    out = tmp_path / "there.parquet"
    subprocess.run([sys.executable, "-c", WITHOUT_EXTRAS, *arguments(finished, out)], check=False, timeout=300)
    assert_the_same(pd.read_parquet(out), here, 0)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_new_environment_with_other_numpy_and_pandas_predicts_the_same(finished, here, tmp_path):
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    older = ["numpy<2.4", "pandas<3.1"]
    source = tmp_path / "source"  # a copy, since a build leaves its own folder behind
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "dist", "runs", "*.egg-info"))
    installed = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", str(source), *older],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode and "No matching distribution" in installed.stderr:
        pytest.skip("no package index answers")
    assert installed.returncode == 0, installed.stderr[-2000:]
    told = "import numpy, pandas; print(numpy.__version__, pandas.__version__)"
    said = subprocess.run([str(python), "-c", told], capture_output=True, text=True, check=True)
    assert said.stdout.split() != [np.__version__, pd.__version__]
    out = tmp_path / "there.parquet"
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "POREGROVE_CACHE"}}
    environment["POREGROVE_CACHE"] = str(tmp_path / "cache")
    subprocess.run(
        [str(home / "bin" / "poregrove"), *arguments(finished, out)],
        check=False,
        timeout=900,
        env=environment,
        cwd=tmp_path,
    )
    assert_the_same(pd.read_parquet(out), here, 1e-5)
