"""The whole comparison on a small clean set: run, stop, go on, refuse, report again."""

import json
import re
import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.errors import RunError
from poregrove.features.cache import feature_seconds
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.reports import write_report
from poregrove.schema import PREDICTIONS, ROWS, SCORES

MODELS = ("mean", "design-mean", "power-law", "ridge")
SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=MODELS,
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "scalars", "morphology", "scalars+morphology"),
        folds=3,
        repeats=1,
        bootstrap=200,
    ),
    study=StudySettings(explained_rows=40, shuffles=1, timing_seconds=0.05),
)


def request(data, out, settings=SETTINGS):
    return Request(data, out, settings, device="cpu", workers=1, command=("poregrove", "compare"))


@pytest.fixture(scope="module")
def finished(shared_clean_set, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "small"
    run(request(shared_clean_set.folder, out))
    return out


def predictions(folder):
    return {
        path.relative_to(folder): pd.read_parquet(path) for path in sorted((folder / "predictions").rglob("*.parquet"))
    }


def test_the_run_folder_holds_what_the_design_says(finished):
    for name in ("manifest.json", "audit.json", "features.parquet", "rows.parquet", "scores.parquet", "report.html"):
        assert (finished / name).is_file(), name
    assert not list(finished.rglob("*.part"))
    assert tuple(pd.read_parquet(finished / "rows.parquet").columns) == ROWS.names
    assert tuple(pd.read_parquet(finished / "scores.parquet").columns) == SCORES.names
    everything = pd.read_parquet(finished / "predictions")
    assert set(PREDICTIONS.names) <= set(everything.columns)
    assert {"target", "model", "features", "regime"} <= set(everything.columns)


def test_the_studies_ask_the_best_model_of_the_families_that_descriptors_declare(finished):
    ablation, costs = (pd.read_parquet(finished / f"{name}.parquet") for name in ("ablation", "costs"))
    assert set(ablation["model"]) == {"ridge"}
    assert set(ablation["target"]) == {"projected_cycle_life", "tau_factor"}
    assert {"scalars", "porosity", "minkowski", "two_point_correlation"} <= set(ablation["left_out"])
    assert set(costs["model"]) == set(MODELS)
    described = feature_seconds(pd.read_parquet(finished / "features.parquet")["volume_digest"])
    seconds = costs.set_index("features")["seconds_features"]
    np.testing.assert_allclose(seconds["scalars+morphology"], described)
    assert (seconds["scalars"] == 0).all()
    assert (costs["n_fits"] > 0).all()
    assert set(pd.read_parquet(finished / "importance.parquet")["kind"]) == {"permutation"}
    assert len(pd.read_parquet(finished / "learning_curves.parquet"))
    studies = json.loads((finished / "manifest.json").read_text())["studies"]
    assert {item["status"] for item in studies} == {"done"}
    assert {item["study"] for item in studies} == {"importance", "ablation", "learning-curves", "costs"}


def test_cell_rows_and_volume_rows_never_mix(finished):
    rows = pd.read_parquet(finished / "rows.parquet")
    cells, volumes = rows[rows["param_id"].notna()], rows[rows["param_id"].isna()]
    assert (len(cells), len(volumes)) == (144, 12)
    assert cells["porosity"].isna().all()
    assert volumes["projected_cycle_life"].isna().all()
    assert volumes["porosity"].notna().all()


def test_scores_are_those_that_pandas_finds_in_the_predictions(finished):
    """R2 = 1 - SSE / SST of all out-of-fold rows, straight from the two tables."""
    rows = pd.read_parquet(finished / "rows.parquet").set_index("row")
    scores = pd.read_parquet(finished / "scores.parquet")
    keys = ["target", "model", "features", "regime"]
    r2 = scores[(scores["metric"] == "r2") & (scores["scale"] == "raw")].set_index(keys)["value"]
    checked = 0
    for key, part in pd.read_parquet(finished / "predictions").astype(dict.fromkeys(keys, str)).groupby(keys):
        truth = rows.loc[part["row"], key[0]].to_numpy()
        error = part["y_pred"].to_numpy(np.float64) - truth
        assert r2[key] == pytest.approx(1 - (error**2).sum() / ((truth - truth.mean()) ** 2).sum(), rel=1e-6, abs=1e-9)
        checked += 1
    assert checked > 15


def test_no_training_row_shares_what_the_regime_says_is_new(finished):
    """With one repeat each row is tested once, in the fold of its volume group and its design group."""
    rows = pd.read_parquet(finished / "rows.parquet").set_index("row")
    made = pd.read_parquet(finished / "predictions")
    life = made[(made["target"] == "projected_cycle_life") & (made["model"] == "ridge")]
    for regime, column in (("new-structure", "volume_digest"), ("new-design", "design_digest")):
        part = life[(life["regime"] == regime) & (life["features"] == "scalars+morphology")]
        assert part["row"].is_unique
        assert part.groupby(part["row"].map(rows[column]))["fold"].nunique().eq(1).all()
    both = life[(life["regime"] == "new-both") & (life["features"] == "scalars+morphology")]
    assert both["fold"].nunique() == 9
    assert (both["fold"] // 3).groupby(both["row"].map(rows["volume_digest"])).nunique().eq(1).all()
    assert (both["fold"] % 3).groupby(both["row"].map(rows["design_digest"])).nunique().eq(1).all()


def test_the_manifest_says_what_was_done(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    assert manifest["data"]["n_rows"] == 144
    assert manifest["data"]["n_left_out"] == 0
    assert manifest["phase"]["pore_value"] == "255"
    assert {model["name"] for model in manifest["models"]} == set(MODELS)
    assert {regime["name"] for regime in manifest["regimes"]} == set(SETTINGS.comparison.regimes)
    assert all(regime["defined"] for regime in manifest["regimes"])
    assert set(manifest["timing"]) == {"reading", "features", "models", "scores", "studies", "gallery", "bundle"}


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(shared_clean_set, finished, tmp_path):
    out = tmp_path / "stopped"
    run(request(shared_clean_set.folder, out))
    before = predictions(out)
    kept = list(before)[::2]
    for name in before.keys() - set(kept):
        (out / name).unlink()
    for name in ("scores.parquet", "manifest.json", "report.html"):
        (out / name).unlink()
    (out / kept[0].parent / ".half.parquet.x.part").write_bytes(b"half-written")
    times = {name: (out / name).stat().st_mtime_ns for name in kept}
    spent = json.loads((out / "sittings.json").read_text())["sittings"][0]["seconds"]
    # what is asked after the scores may change in a run that goes on
    other = replace(SETTINGS, study=replace(SETTINGS.study, shuffles=2, costs=False))
    run(request(shared_clean_set.folder, out, other))
    assert {name: (out / name).stat().st_mtime_ns for name in kept} == times
    assert not list(out.rglob("*.part"))
    after, undisturbed = predictions(out), predictions(finished)
    assert after.keys() == undisturbed.keys()
    for name, frame in undisturbed.items():
        pd.testing.assert_frame_equal(after[name], frame)
    pd.testing.assert_frame_equal(pd.read_parquet(out / "scores.parquet"), pd.read_parquet(finished / "scores.parquet"))

    manifest = json.loads((out / "manifest.json").read_text())
    assert all(manifest["timing"][stage] > seconds for stage, seconds in spent.items())
    told = (out / "run.log").read_text()
    assert told.count("end: done") == 2
    assert "jobs are finished already" in told
    times_run = Counter(re.findall(r"finished (Job\(.*\))", told))
    assert list(times_run.values()).count(2) == len(before) - len(kept)


def test_a_prediction_file_that_is_damaged_is_made_again_and_said(shared_clean_set, finished, tmp_path):
    out = tmp_path / "damaged"
    shutil.copytree(finished, out)
    spoiled = sorted((out / "predictions").rglob("*.parquet"))[1]
    spoiled.write_bytes(spoiled.read_bytes()[:100])
    run(request(shared_clean_set.folder, out))
    pd.testing.assert_frame_equal(pd.read_parquet(spoiled), pd.read_parquet(finished / spoiled.relative_to(out)))
    assert "the job is run again" in (out / "run.log").read_text()


def test_a_volume_that_changed_is_another_run(clean_set, tmp_path):
    out = tmp_path / "run"
    run(request(clean_set.folder, out))
    first = min((clean_set.folder / "images").glob("*.tif"))
    voxels = tifffile.imread(first)
    voxels[0, 0, 0] = 255 - voxels[0, 0, 0]
    tifffile.imwrite(first, voxels, photometric="minisblack")
    with pytest.raises(RunError, match=r"data was '.*', now '.*'"):
        run(request(clean_set.folder, out))
    run(request(clean_set.folder, tmp_path / "other"))
    described = pd.read_parquet(tmp_path / "other" / "features.parquet").merge(
        pd.read_parquet(out / "features.parquet"), on="volume_digest", how="left", indicator=True
    )
    assert (described["_merge"] == "left_only").sum() == 1


def test_other_settings_are_refused_with_the_difference(shared_clean_set, finished):
    other = replace(SETTINGS, comparison=replace(SETTINGS.comparison, folds=4))
    with pytest.raises(RunError, match=r"settings\.comparison\.folds was 3, now 4"):
        run(request(shared_clean_set.folder, finished, other))


def test_the_report_is_made_again_from_the_tables_alone(finished):
    first = (finished / "report.html").read_text()
    (finished / "report.html").unlink()
    assert write_report(finished).read_text() == first


def test_volumes_that_cannot_be_read_may_be_left_out(clean_set, tmp_path):
    lost = sorted((clean_set.folder / "images").glob("*.tif"))[3]
    lost.unlink()
    settings = replace(SETTINGS, volume=replace(SETTINGS.volume, unreadable="drop"))
    run(request(clean_set.folder, tmp_path / "run", settings))
    rows = pd.read_parquet(tmp_path / "run" / "rows.parquet")
    assert rows["volume_digest"].nunique() == 11
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["data"]["left_out"] == {"missing_image": 12, "unreadable_image": 0, "impossible_cell": 0}
