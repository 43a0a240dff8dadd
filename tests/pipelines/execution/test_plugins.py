"""Files of one's own as plug-ins: loaded here and in workers, refused in one line, recorded, and asked for by a bundle."""

import hashlib
import json
import re
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove import features
from poregrove.errors import EntryError, ModelError, RunError, SettingsError
from poregrove.models import create, registry
from poregrove.pipelines import extract, load_bundle, read_settings
from poregrove.pipelines.audit import all_checks
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.commands.merging import merge_runs
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.execution import plugins
from poregrove.pipelines.execution.parallel import parallel_map
from poregrove.pipelines.execution.plugins import load_plugins, used_plugins
from poregrove.pipelines.execution.shards import Shard
from poregrove.pipelines.scoring.entering import enter
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
COUNT = """
from poregrove.features import Column, descriptor

@descriptor(columns={"plugin_count": Column("-", "number of pore voxels, so to say", low=0.0)}, tier="morphology", version=1)
def plugin_count(work):
    return {"plugin_count": %s * work.pore_count}
"""
LINEAR = """
from sklearn.linear_model import LinearRegression
from poregrove.models import from_sklearn

line = from_sklearn(LinearRegression(), name="own-line", label="straight line", kind="booster")
"""

pytestmark = pytest.mark.usefixtures("forgotten")


@pytest.fixture
def plugin(tmp_path):
    """Writes a file and gives its path as a word of the command line."""

    def write(text, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(path)

    return write


def settings(*words, models=("mean", "own-line")):
    return Settings(
        plugins=words,
        comparison=ComparisonSettings(
            models=models,
            targets=("tau_factor",),
            tiers=("morphology",),
            feature_sets=("none", "morphology"),
            regimes=("new-structure",),
            folds=2,
            repeats=1,
            bootstrap=50,
        ),
        study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    )


def compare(data, out, given):
    run(Request(data.folder, out, given, device="cpu", workers=1, command=("poregrove", "compare")))
    return json.loads((out / "manifest.json").read_text())


def test_the_examples_add_models_a_descriptor_and_a_check():
    names = ("own_model", "own_descriptor", "own_check")
    load_plugins(str(EXAMPLES / f"{name}.py") for name in names)
    assert {"nearest", "random-forest"} <= {info.name for info in registry.available()}
    assert create("nearest", neighbours=3).neighbours == 3
    assert create("random-forest", n_estimators=7).estimator.n_estimators == 7
    graded = np.zeros((4, 3, 3), bool)
    graded[2:] = True
    found = features.describe(graded, columns="half_porosity_difference_*", device="cpu")
    assert found == {
        f"half_porosity_difference_{axis}": value for axis, value in zip("zyx", (1.0, 0.0, 0.0), strict=True)
    }
    checks = {item.code: item.module for item in all_checks() if item.module}
    records = used_plugins(["nearest", "ridge"], features.descriptors(), checks)
    assert [(item.name, item.kind) for item in records] == [(f"{name}.py", "file") for name in names]
    assert [item.digest for item in records] == [
        hashlib.sha256((EXAMPLES / f"{name}.py").read_bytes()).hexdigest() for name in names
    ]
    assert records[2].checks == ("dense_electrode",)


def test_worker_processes_know_them(plugin):
    load_plugins([plugin(LINEAR), "sklearn.svm:SVR"])
    found = parallel_map(registry.origin_of, ["own-line", "svr", "ridge", "own-line"], workers=2)
    assert found == ["poregrove_plugins.mine", "sklearn.svm:SVR", "", "poregrove_plugins.mine"]


def test_a_descriptor_of_a_file_is_computed_by_several_processes(plugin):
    load_plugins([plugin(COUNT % 1)])
    volumes = [np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), bool)]
    found = features.describe_batch(volumes, columns="plugin_count", device="cpu", n_jobs=2)
    assert found == [{"plugin_count": 8.0}, {"plugin_count": 0.0}]


def test_dask_workers_get_the_text_of_a_file_even_where_it_is_no_more(plugin):
    pytest.importorskip("distributed", reason="needs the extra dask")
    from poregrove.pipelines.execution.dask import dask_engine

    with dask_engine(workers=1) as cluster:
        path = plugin(LINEAR)
        load_plugins([path])
        Path(path).unlink()
        assert parallel_map(registry.origin_of, ["own-line"], workers=cluster) == ["poregrove_plugins.mine"]


def test_values_of_a_changed_file_are_computed_anew(plugin, tmp_path, monkeypatch):
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
    tifffile.imwrite(tmp_path / "volume.tif", np.ones((2, 2, 2), np.uint8), photometric="minisblack")
    found = []
    for factor in (1, 1, 2, 1):
        load_plugins([plugin(COUNT % factor)])
        frame = extract(tmp_path / "volume.tif", columns="plugin_count", pore=1, device="cpu", workers=1).frame
        found += frame["plugin_count"].to_list()
    assert found == [8.0, 8.0, 16.0, 8.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nowhere_to_be_found", r"mine\.py, line 1: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("x = 1\ndef f(:\n", r"mine\.py, line 2: SyntaxError"),
        ("raise SystemExit(0)", r"mine\.py, line 1: SystemExit: 0"),
        ("1 / 0", r"mine\.py, line 1: ZeroDivisionError: division by zero"),
        (
            LINEAR.replace("own-line", "ridge"),
            r"mine\.py: two models are called 'ridge': that of .*mine and poregrove\.models\.ridge",
        ),
        (LINEAR.replace("own-line", "Own line"), r"mine\.py, line 5: the name of a model is of a-z, 0-9 and -"),
        (
            COUNT.replace("plugin_count", "porosity") % 1,
            r"column 'porosity' is declared by porosity and poregrove_plugins\.mine",
        ),
    ],
    ids=["import", "syntax", "exit", "runtime", "model", "name", "column"],
)
def test_a_file_that_cannot_be_loaded_ends_in_one_line_that_names_it_and_the_cause(plugin, tmp_path, text, said):
    out = tmp_path / "out.parquet"
    code = main(["extract", str(tmp_path), "--out", str(out), "--plugin", plugin(text)])
    assert code == 2
    with pytest.raises(SettingsError, match=said):
        load_plugins([plugin(text)])
    assert not out.exists()
    assert [info.name for info in registry.available()].count("ridge") == 1


def test_a_check_whose_code_is_taken_is_refused(plugin):
    text = (EXAMPLES / "own_check.py").read_text().replace('code="dense_electrode"', 'code="trend_zero"')
    with pytest.raises(
        SettingsError, match=r"'trend_zero' is declared by .*checks\.trend_zero and poregrove_plugins\.mine"
    ):
        load_plugins([plugin(text)])


def test_two_files_clash_by_their_own_names_and_by_those_of_their_models(plugin):
    load_plugins([plugin(LINEAR)])
    with pytest.raises(SettingsError, match=r"two plug-ins have one name: .*/mine\.py and .*/other/mine\.py"):
        load_plugins([plugin(COUNT % 1, "other/mine.py")])
    with pytest.raises(
        SettingsError, match=r"'own-line': that of poregrove_plugins\.second and of poregrove_plugins\.mine"
    ):
        load_plugins([plugin(LINEAR, "second.py")])


def test_what_is_no_plug_in_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.py: expected a readable Python file"):
        load_plugins([str(tmp_path / "nowhere.py")])
    with pytest.raises(SettingsError, match="expected a file that ends in"):
        load_plugins(["mine"])


def test_a_settings_file_names_plug_ins_relative_to_itself(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('plugins = ["mine.py", "sklearn.svm:SVR"]\n', encoding="utf-8")
    found = read_settings(path).plugins
    assert found == (str(tmp_path / "mine.py"), "sklearn.svm:SVR")
    assert "plugins" not in replace(Settings(), plugins=found).identity()


def test_a_run_records_them_goes_on_with_the_same_alone_and_its_bundle_asks_for_them(
    plugin, shared_clean_set, tmp_path, monkeypatch, caplog
):
    out, text = tmp_path / "run", LINEAR + COUNT % 1
    manifest = compare(shared_clean_set, out, settings(plugin(text), models=("mean", "own-line", "sklearn.svm:SVR")))
    assert {job["model"]: job["status"] for job in manifest["jobs"]} == dict.fromkeys(
        ("mean", "own-line", "svr"), "done"
    )
    own, svr = manifest["plugins"]
    assert own == {
        "name": "mine.py",
        "kind": "file",
        "version": None,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "models": ["own-line"],
        "descriptors": ["plugin_count"],
        "checks": [],
    }
    assert svr["name"] == "sklearn.svm:SVR"
    assert str(tmp_path) not in json.dumps(manifest["settings"])
    page = (out / "report.html").read_text(encoding="utf-8")
    glossary, _, reproduce = page.partition('<section id="glossary"')[2].partition('<section id="manifest"')
    for said in ("straight line", "LinearRegression of sklearn", "number of pore voxels, so to say"):
        assert said in glossary, said
    for said in ("mine.py", own["digest"]):
        assert said in reproduce, said
    image = min((shared_clean_set.folder / "images").glob("*.tif"))
    first = load_bundle(out).predict(image, model="own-line", device="cpu")
    assert first["tau_factor"].notna().all()

    with pytest.raises(RunError, match=r"plugins\.mine\.py was"):
        compare(
            shared_clean_set,
            out,
            settings(plugin(text + "# changed\n"), models=("mean", "own-line", "sklearn.svm:SVR")),
        )
    load_bundle(out)
    assert "whose answers may differ" in caplog.text
    monkeypatch.setattr(registry, "_added", {})
    monkeypatch.setattr(plugins, "_loaded", {})
    with pytest.raises(ModelError, match=r"own-line.* came from the plug-in mine\.py \(SHA-256 .*--plugin mine\.py"):
        load_bundle(out)
    (tmp_path / "entry.csv").write_text("target,regime,repeat,fold,row,y_pred\n", encoding="utf-8")
    with pytest.raises(EntryError, match="'own-line' is another model"):
        enter(out, [f"own-line={tmp_path / 'entry.csv'}"])
    load_plugins([plugin(text)])
    pd.testing.assert_frame_equal(load_bundle(out).predict(image, model="own-line", device="cpu"), first)


def test_an_estimator_that_cannot_be_kept_without_pickle_is_refused_before_anything_is_read(shared_clean_set, tmp_path):
    pytest.importorskip("xgboost")
    with pytest.raises(SettingsError, match=r"xgb-regressor: a bundle could not keep it.* xgboost\.core\.Booster"):
        compare(shared_clean_set, tmp_path / "run", settings(models=("mean", "xgboost:XGBRegressor")))
    assert not (tmp_path / "run").exists()


def test_self_check_tries_plug_ins_by_the_contract_tests(plugin, capsys):
    words = ["self-check", "--plugin", plugin(LINEAR + COUNT % 1)]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "model own-line: keeps the contract",
        "descriptor plugin_count: keeps the contract",
    ]
    assert main(["self-check", "--plugin", plugin(COUNT % "__import__('random').random()")]) == 1
    assert "descriptor plugin_count: broken:" in capsys.readouterr().out


@pytest.mark.slow
def test_parts_of_a_run_are_merged_with_its_plug_ins(plugin, shared_clean_set, tmp_path, monkeypatch):
    given = settings(plugin(LINEAR))
    for shard in ("1/2", "2/2"):
        run(
            Request(shared_clean_set.folder, tmp_path / "run", given, device="cpu", workers=1, shard=Shard.parse(shard))
        )
    monkeypatch.setattr(registry, "_added", {})
    monkeypatch.setattr(plugins, "_loaded", {})
    merge_runs(tmp_path / "run", workers=1, device="cpu")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert {job["model"]: job["status"] for job in manifest["jobs"]} == {"mean": "done", "own-line": "done"}
    assert [item["models"] for item in manifest["plugins"]] == [["own-line"]]


@pytest.mark.slow
def test_a_network_of_a_file_is_compared_kept_and_answers(plugin, shared_clean_set, tmp_path):
    pytest.importorskip("torch", reason="needs the extra cnn")
    page = (EXAMPLES.parent / "docs" / "plugins.md").read_text(encoding="utf-8")
    (text,) = (block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "from_torch" in block)
    given = settings(plugin(text), models=("mean", "my-net"))
    given = replace(
        given,
        comparison=replace(
            given.comparison, targets=("projected_cycle_life",), feature_sets=("none", "volume+scalars")
        ),
        model={"my-net": {"epochs": 3, "downsample": 1}},
    )
    manifest = compare(shared_clean_set, tmp_path / "run", given)
    assert {job["model"]: job["status"] for job in manifest["jobs"]} == {"mean": "done", "my-net": "done"}
    image = min((shared_clean_set.folder / "images").glob("*.tif"))
    design = pd.read_parquet(tmp_path / "run" / "rows.parquet").dropna(subset="design_digest")[:1]
    answers = load_bundle(tmp_path / "run").predict(image, design, model="my-net", device="cpu")
    assert answers["projected_cycle_life"].notna().all()


@pytest.mark.slow
def test_one_that_need_not_be_kept_is_compared_and_left_out_of_the_bundle(plugin, shared_clean_set, tmp_path):
    manifest = compare(
        shared_clean_set, tmp_path / "run", settings(plugin(LINEAR.replace("kind=", "kept=False, kind=")))
    )
    assert {job["status"] for job in manifest["jobs"]} == {"done"}
    bundle = load_bundle(tmp_path / "run")
    assert {model.chosen.model for model in bundle.manifest.models} == {"mean"}
    assert bundle.manifest.without == {"own-line": "cannot be written without pickle"}
