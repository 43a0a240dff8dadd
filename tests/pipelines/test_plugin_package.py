"""A package of somebody else with a model, a descriptor and a check, installed in an environment of its own, appears everywhere."""

import json
import os
import subprocess
import sys
import textwrap
import venv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from poregrove.errors import ModelError
from poregrove.pipelines import load_bundle

MODULES = {
    "__init__": "",
    "models": """
        from sklearn.ensemble import GradientBoostingRegressor

        from poregrove.models import from_sklearn

        boost = from_sklearn(
            GradientBoostingRegressor(n_estimators=20), name="wayside-boost", label="roadside trees", kind="booster"
        )
        """,
    "descriptors": """
        from poregrove.features import Column, descriptor

        @descriptor(
            columns={"wayside_share": Column("-", "share of voxels beside the way", low=0.0)}, tier="morphology", version=1
        )
        def wayside_share(work):
            return {"wayside_share": 1.0 - work.pore_count / work.size}
        """,
    "checks": """
        from poregrove.pipelines.audit import CheckResult, check

        @check(code="wayside_rows", severity="info", unit="rows", remedy="None is needed.")
        def wayside_rows(evidence):
            '''There are rows; an info.'''
            return CheckResult(len(evidence.rows), "There are rows beside the way.", "porosity > 0")
        """,
}
ENTRY_POINTS = "".join(
    f"[poregrove.{name}]\nwayside = wayside.{name}\n" for name in ("models", "descriptors", "checks")
)
OPTIONS = (
    *("--models", "mean,wayside-boost,sklearn.linear_model:HuberRegressor", "--targets", "tau_factor"),
    *("--tiers", "morphology", "--feature-sets", "none,morphology", "--regimes", "new-structure"),
    *("--folds", "2", "--repeats", "1", "--set", "comparison.bootstrap=50", "--set", "study.importance=false"),
    *("--set", "study.ablation=false", "--set", "study.learning_curves=false", "--set", "study.costs=false"),
    *("--set", "model.huber-regressor.max_iter=500", "--device", "cpu", "--workers", "2"),
)


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the package, which sees the packages of this one too."""

    home: Path

    def run(self, *words):
        python = self.home / ("Scripts" if os.name == "nt" else "bin") / "python"
        command = [str(python), "-m", "poregrove.pipelines.commands.main", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    (site,) = home.rglob("site-packages")
    for name, text in MODULES.items():
        path = site / "wayside" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    about = site / "wayside_plugin-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: wayside-plugin\nVersion: 1.2\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    here = [path for path in sys.path if path.endswith("site-packages")]
    lines = [f"import site; site.addsitedir({path!r})\n" for path in here]
    (site / "here.pth").write_text("".join(lines), encoding="utf-8")
    return Environment(home)


@pytest.fixture(scope="module")
def data(clean_set_maker, tmp_path_factory):
    """Few and small volumes, so that little is computed in the environment."""
    folder = tmp_path_factory.mktemp("few") / "data"
    clean_set_maker(folder, n_volumes=6, n_designs=3, size=8)
    return folder


@pytest.fixture(scope="module")
def finished(environment, data, tmp_path_factory):
    """A run of two workers there."""
    out = tmp_path_factory.mktemp("runs") / "run"
    done = environment.run("compare", data, "--out", out, *OPTIONS)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.slow
def test_the_run_has_its_model_its_descriptor_and_its_check(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    jobs = {job["model"]: job["status"] for job in manifest["jobs"]}
    assert jobs == {"mean": "done", "wayside-boost": "done", "huber-regressor": "done"}
    assert "wayside_share" in pd.read_parquet(finished / "features.parquet")
    assert "wayside_rows" in {
        finding["code"] for finding in json.loads((finished / "audit.json").read_text())["findings"]
    }
    package, estimator = manifest["plugins"]
    assert (package["name"], package["kind"], package["version"]) == ("wayside-plugin", "package", "1.2")
    assert [package[name] for name in ("models", "descriptors", "checks")] == [
        ["wayside-boost"],
        ["wayside_share"],
        ["wayside_rows"],
    ]
    assert len(package["digest"]) == 64
    assert (estimator["name"], estimator["kind"]) == ("sklearn.linear_model:HuberRegressor", "estimator")


@pytest.mark.slow
def test_the_glossary_of_the_report_explains_it(finished):
    page = (finished / "report.html").read_text(encoding="utf-8")
    for said in ("roadside trees", "share of voxels beside the way", "wayside_share", "There are rows beside the way."):
        assert said in page, said
    assert "wayside-plugin 1.2" in page


def test_its_descriptor_is_extracted_by_two_workers(environment, data, tmp_path):
    out = tmp_path / "own.parquet"
    images = sorted((data / "images").glob("*.tif"))[:4]
    done = environment.run("extract", *images, "--columns", "wayside_share,porosity", "--workers", 2, "--out", out)
    assert done.returncode == 0, done.stderr
    found = pd.read_parquet(out)
    assert ((found["wayside_share"] + found["porosity"] - 1).abs() < 1e-12).all()


@pytest.mark.slow
def test_the_bundle_answers_where_the_package_is_and_says_what_is_absent_where_it_is_not(
    environment, finished, data, tmp_path
):
    out = tmp_path / "predicted.parquet"
    image = min((data / "images").glob("*.tif"))
    done = environment.run("predict", finished, image, "--out", out, "--device", "cpu", "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert pd.read_parquet(out)["tau_factor"].notna().all()
    with pytest.raises(
        ModelError, match=r"came from the package wayside-plugin 1\.2: install it.*wayside-plugin==1\.2"
    ):
        load_bundle(finished)


@pytest.mark.slow
def test_dask_workers_find_it_too(environment, finished, data, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra dask")
    out = tmp_path / "run"
    done = environment.run("compare", data, "--out", out, *OPTIONS, "--engine", "dask")
    assert done.returncode == 0, done.stderr
    one, other = (pd.read_parquet(folder / "predictions") for folder in (finished, out))
    pd.testing.assert_frame_equal(one, other)
