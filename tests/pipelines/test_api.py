"""The public functions of ``poregrove.pipelines`` do what the verbs of the command line do, and show what they return."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.errors import EntryError, RunError, SettingsError
from poregrove.features import describe
from poregrove.pipelines import (
    ComparisonSettings,
    Settings,
    StudySettings,
    VolumeSettings,
    audit,
    compare,
    enter,
    extract,
    folds,
    load_bundle,
    open_dataset,
    predict,
)
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.runs.finished import Run
from poregrove.pipelines.runs.notebook import html_table
from poregrove.schema import SCALAR_COLUMNS

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge"),
        targets=("porosity", "initial_dcir"),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology"),
        regimes=("random", "new-structure"),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
)


@pytest.fixture(scope="module")
def run(shared_clean_set, tmp_path_factory):
    out = tmp_path_factory.mktemp("api") / "run"
    return compare(shared_clean_set.folder, out, settings=SETTINGS, device="cpu", workers=1)


def test_a_comparison_returns_its_run(run):
    assert run.report.is_file()
    assert run.manifest["data"]["n_volumes"] == 12
    assert set(run.table("scores")["model"]) == {"mean", "ridge"}
    assert repr(run) == (
        f"Run({run.folder}: rows 144, volumes 12, targets 2, models 2; report {run.folder / 'report.html'})"
    )
    assert "<td>initial_dcir</td>" in run._repr_html_()
    with pytest.raises(RunError, match="did you mean 'scores'"):
        run.table("score")


def test_folds_are_written_and_predictions_on_them_are_entered(run, shared_clean_set, tmp_path):
    summary = folds(shared_clean_set.folder, tmp_path / "folds", settings=SETTINGS, workers=1)
    rows, parts = (pd.read_parquet(tmp_path / "folds" / f"{name}.parquet") for name in ("rows", "folds"))
    assert rows.attrs["folds_digest"] == summary.digest
    asked = parts[(parts["part"] == "test") & (parts["regime"] == "random")]
    y = rows.set_index("row")["initial_dcir"]
    asked = asked[asked["row"].isin(y.dropna().index)].astype({"regime": str})
    made = asked[["regime", "repeat", "fold", "row"]].assign(
        target="initial_dcir", y_pred=1.1 * y[asked["row"]].to_numpy(), folds_digest=summary.digest
    )
    made.to_parquet(tmp_path / "net.parquet")
    copy = shutil.copytree(run.folder, tmp_path / "run")
    entered = enter(copy, {"My net": tmp_path / "net.parquet"}, workers=1)
    scores = entered.table("scores")
    (found,) = scores[(scores["model"] == "My net") & (scores["metric"] == "r2")]["value"]
    truth = y[asked["row"]].to_numpy()
    assert found == pytest.approx(1 - np.square(0.1 * truth).sum() / np.square(truth - truth.mean()).sum(), rel=1e-6)
    with pytest.raises(EntryError, match="has an entry 'My net' already"):
        enter(copy, {"My net": tmp_path / "net.parquet"}, workers=1)


def test_a_run_that_is_not_finished_says_so(tmp_path):
    assert repr(Run(tmp_path)) == f"Run({tmp_path}: not finished)"
    assert "not finished" in Run(tmp_path)._repr_html_()
    with pytest.raises(RunError, match="expected the manifest of a finished run"):
        _ = Run(tmp_path).manifest


def test_a_bundle_shows_what_it_holds_and_predicts_one_design(run, shared_clean_set):
    bundle = load_bundle(run.folder)
    assert "\n" not in repr(bundle)
    assert "targets 2, models " in repr(bundle)
    assert "trained on volumes 12, designs 12, cell rows 144" in repr(bundle)
    assert "<td>initial_dcir</td>" in bundle._repr_html_()
    image = shared_clean_set.folder / "images" / "sample_00003.tif"
    design = dict.fromkeys(SCALAR_COLUMNS, 1.0)
    one = bundle.predict(image, design, device="cpu")
    table = bundle.predict(image, pd.DataFrame([design]), device="cpu")
    assert len(one) == 1
    pd.testing.assert_frame_equal(one, table)
    columns = bundle.predict(image, {name: [1.0, 2.0] for name in SCALAR_COLUMNS}, device="cpu")
    assert len(columns) == 2
    assert np.isfinite(one["initial_dcir"]).all()


def test_a_table_of_designs_that_is_none_is_refused_by_name(run, shared_clean_set):
    from poregrove.errors import DataSetError

    image = shared_clean_set.folder / "images" / "sample_00003.tif"
    ragged = {name: [1.0] for name in SCALAR_COLUMNS} | {SCALAR_COLUMNS[0]: [1.0, 2.0]}
    with pytest.raises(DataSetError, match="designs: expected a table, or a mapping of numbers"):
        load_bundle(run.folder).predict(image, ragged, device="cpu")


def test_predicting_gives_the_table_that_the_command_line_writes(run, shared_clean_set, tmp_path):
    words = ["predict", str(run.folder), str(shared_clean_set.folder), "--workers", "1", "--device", "cpu", "--quiet"]
    assert main([*words, "--out", str(tmp_path / "cli.parquet")]) == 0
    table = predict(run.folder, shared_clean_set.folder, device="cpu", workers=1, out=tmp_path / "api.parquet")
    written = pd.read_parquet(tmp_path / "cli.parquet")
    pd.testing.assert_frame_equal(table, written, check_dtype=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "api.parquet"), written)
    assert len(predict(str(run.folder), str(shared_clean_set.folder), device="cpu", workers=1)) == len(written)


def test_an_audit_holds_its_findings(clean_set):
    (clean_set.folder / "images" / "sample_00002.tif").unlink()
    result = audit(clean_set.folder, workers=1)
    (finding,) = (item for item in result if item.code == "missing_image")
    assert (finding.count, finding.unit) == (1, "volumes")
    assert len(result) == len(result.as_json()["findings"])
    assert "missing_image" in result.text()
    assert repr(result).startswith("AuditResult(1 error, ")
    assert "<td>missing_image</td>" in result._repr_html_()


def test_an_extraction_has_the_values_of_describe(shared_clean_set, tmp_path):
    image = shared_clean_set.folder / "images" / "sample_00000.tif"
    found = extract(
        image, columns=["porosity", "chord_length_mean_?"], voxel_size=1e-7, pore=0, device="cpu", workers=1
    )
    names = ["porosity", *(f"chord_length_mean_{axis}" for axis in "zyx")]
    assert list(found.frame.columns[-4:]) == names
    assert found.frame.loc[0, names].to_dict() == describe(image, columns=names, voxel_size=1e-7, pore=0, device="cpu")
    assert repr(found) == "Extraction(volumes 1, failed 0, columns 4)"
    assert "<td>ok</td>" in found._repr_html_()
    words = ["extract", str(image), "--columns", "porosity,chord_length_mean_?", "--voxel-size", "1e-7", "--pore", "0"]
    assert main([*words, "--out", str(tmp_path / "cli.parquet"), "--workers", "1", "--device", "cpu", "--quiet"]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "cli.parquet"), found.frame, check_dtype=False)


def test_voxels_that_are_no_cubes_by_every_way_in(shared_clean_set, tmp_path):
    image = shared_clean_set.folder / "images" / "sample_00000.tif"
    names, edges = ["chord_length_mean_y", "wall_distance_mean"], (2e-7, 1e-7, 1e-7)
    row = describe(image, columns=names, voxel_size=edges, pore=0, device="cpu")
    found = extract(image, columns=names, voxel_size=edges, pore=0, device="cpu", workers=1)
    assert found.frame.loc[0, names].to_dict() == row
    assert found.frame.loc[0, "voxel_size"] == 1e-7  # the smallest, in which lengths are counted
    words = ["extract", str(image), "--columns", ",".join(names), "--voxel-size", "2e-7,1e-7,1e-7", "--pore", "0"]
    assert main([*words, "--out", str(tmp_path / "cli.parquet"), "--workers", "1", "--device", "cpu", "--quiet"]) == 0
    assert pd.read_parquet(tmp_path / "cli.parquet").loc[0, names].to_dict() == row
    turned = replace(VolumeSettings(pore="0", voxel_size=(1e-7, 1e-7, 2e-7)), axis=2)
    other = tmp_path / "turned.tif"
    tifffile.imwrite(other, np.moveaxis(tifffile.imread(image), 0, 2), photometric="minisblack")
    assert extract(other, columns=names, settings=turned, device="cpu", workers=1).frame.loc[0, names].to_dict() == row


def test_settings_and_data_sets_are_what_they_are_elsewhere(shared_clean_set):
    assert open_dataset(str(shared_clean_set.folder)).resolve("sample_00000.tif").is_file()
    image = shared_clean_set.folder / "images" / "sample_00000.tif"
    plain = extract(image, columns="porosity", device="cpu", workers=1, settings=VolumeSettings(pore="0"))
    assert plain.frame.loc[0, "pore_value"] == "0"


def test_names_in_a_notebook_break_nothing():
    assert html_table("a < b", ("<i>",), [("x & y",)]) == (
        "<p>a &lt; b</p><table><thead><tr><th>&lt;i&gt;</th></tr></thead>"
        "<tbody><tr><td>x &amp; y</td></tr></tbody></table>"
    )


def test_a_plan_and_a_budget_from_python(shared_clean_set, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("poregrove.pipelines.planning.plan.make_plan", lambda request: asked.append(request) or "plan")
    for budget in ("90s", 90.0, None):
        assert compare(shared_clean_set.folder, tmp_path / "run", plan=True, budget=budget) == "plan"
    assert [request.budget for request in asked] == [90.0, 90.0, None]
    with pytest.raises(SettingsError, match="budget expects a duration above 0"):
        compare(shared_clean_set.folder, tmp_path / "run", budget="soon")
    assert not list(tmp_path.iterdir())
