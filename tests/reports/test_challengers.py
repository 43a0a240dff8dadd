"""The first screen's answer: whether each network and entry beats the best baseline, and what is said without any."""

import json

import numpy as np
import pandas as pd
import pytest

from poregrove.reports.summary import summarise
from poregrove.reports.tables import read_run

LIFE = "projected_cycle_life"


def told(run):
    return summarise(read_run(run)).challengers


def changed(run, name, change):
    path = run / f"{name}.parquet"
    change(pd.read_parquet(path)).to_parquet(path)


def pairs_with(table, model):
    """Rows of differences between a model and others under R4 on cycle life, as model minus other."""
    own = table[(table["target"] == LIFE) & (table["regime"] == "new-both")]
    sides = [own[own["model_a"] == model], own[own["model_b"] == model]]
    turned = sides[1].assign(difference=-sides[1]["difference"], lo=-sides[1]["hi"], hi=-sides[1]["lo"])
    turned = turned.assign(other=turned["model_a"], other_features=turned["features_a"])
    return pd.concat([sides[0].assign(other=sides[0]["model_b"], other_features=sides[0]["features_b"]), turned])


def test_the_built_in_network_is_held_against_the_best_baseline_of_any_kind(sample_run):
    (found,) = told(sample_run).found
    assert found.model.name == "cnn"
    pairs = pairs_with(pd.read_parquet(sample_run / "differences.parquet"), "cnn")
    least = pairs.loc[pairs["difference"].idxmin()]
    contest = found.on_target
    assert (contest.baseline.model.name, contest.baseline.features) == (least["other"], least["other_features"])
    assert contest.difference.value == pytest.approx(least["difference"])
    assert told(sample_run).question == "Does 3D-CNN beat the best baseline?"
    assert found.sentence.startswith(("3D-CNN", "Whether 3D-CNN"))
    assert "on projected cycle life under R4 its R² is" in found.sentence


def test_a_linear_baseline_counts_like_any_other(make_run):
    run = make_run(models=("mean", "ridge", "cnn"))
    assert told(run).found[0].on_target.baseline.model.name in ("mean", "ridge")
    kinds = {"positive": "beats", "negative": "does not beat", "undetermined": "is undetermined"}
    assert kinds[told(run).found[0].sign] in told(run).found[0].sentence


def test_what_holms_correction_takes_away_is_said(make_run):
    run = make_run(models=("mean", "ridge", "cnn"))
    changed(run, "differences", lambda table: table.assign(difference=0.2, lo=0.1, hi=0.3, verdict="undetermined"))
    (found,) = told(run).found
    assert found.sign == "undetermined"
    assert found.on_target.corrected
    assert "not beyond noise after Holm’s correction" in found.sentence


@pytest.mark.parametrize(("difference", "sign"), [(-0.2, "undetermined"), (0.2, "positive")])
def test_a_network_whose_clock_ended_fits_is_no_loser(make_run, difference, sign):
    run = make_run(models=("mean", "ridge", "cnn"))

    def decided(table):
        ours = np.where(table["model_a"] == "cnn", difference, -difference)
        verdict = np.where(ours > 0, "a", "b")
        return table.assign(difference=ours, lo=ours - 0.1, hi=ours + 0.1, verdict=verdict)

    changed(run, "differences", decided)
    assert told(run).found[0].sign == ("negative" if difference < 0 else "positive")
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    next(model for model in manifest["models"] if model["name"] == "cnn")["notes"] = [
        "time-bounded: 4 to 8 of 60 epochs in 9 of 9 fits"
    ]
    path.write_text(json.dumps(manifest))
    (found,) = told(run).found
    assert found.sign == sign
    assert ("network not trained out" in found.sentence) == (difference < 0)
    assert "does not beat" not in found.sentence


def test_without_a_network_the_best_baseline_is_named(make_run, read_page):
    from poregrove.reports import write_report

    run = make_run(models=("mean", "design-mean", "ridge"))
    found = told(run)
    assert found.found == ()
    scores = pd.read_parquet(run / "scores.parquet").query("metric == 'r2' and scale == 'raw' and regime == 'new-both'")
    best = scores[scores["target"] == LIFE].sort_values("value").iloc[-1]
    label = {"mean": "Mean", "design-mean": "Design mean", "ridge": "Ridge"}[best["model"]]
    assert found.sentence.startswith(
        f"No network entered; the best baseline on projected cycle life under R4 is {label}, "
    )
    assert f"R² {best['value']:.2f}" in found.sentence
    assert found.sentence.endswith("enter yours with poregrove folds and poregrove enter.")
    write_report(run)
    assert found.sentence in read_page(run / "report.html").text


def entered(run, **changes):
    """Make a run say that its network was entered."""
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    next(model for model in manifest["models"] if model["name"] == "cnn")["entered"] = True
    part = {
        "target": LIFE,
        "regime": "new-both",
        "features": "volume+scalars",
        "repeats": [0],
        "folds": 9,
        "folds_of_run": 27,
    }
    part |= {"rows": 480, "clipped": 0, "suspicion": None, "mirrored": False} | changes
    files = [{"name": "p.csv", "features": "own", "sha256": "ab" * 32, "folds_digest": None}]
    entry = {
        "name": "cnn",
        "files": files,
        "parts": [part],
        "remarks": ["target d_eff left out"],
        "parameters": 10,
        "seconds_fit": None,
    }
    manifest["entries"] = [entry]
    path.write_text(json.dumps(manifest))


def test_an_entry_says_what_it_lacks_and_what_cannot_be_checked(make_run, read_page):
    from poregrove.reports import write_report

    run = make_run(models=("mean", "ridge", "cnn"))
    entered(run, suspicion="R² 0.999950, above 0.9999", clipped=2)
    summary = summarise(read_run(run))
    (entry,) = summary.entries.found
    assert not entry.coverage[0].complete
    assert "2 lives moved into what a life can be, as those of every model are" in entry.remarks
    assert "target d_eff left out" in entry.remarks
    (alarm,) = summary.entries.alarms
    assert alarm.startswith("3D-CNN on projected cycle life under R4: R² 0.999950, above 0.9999")
    rows = [row for board in summary.leaderboard.boards for row in board.rows if row.note]
    assert {row.note for row in rows} == {"on 9 of 27 folds"}
    write_report(run)
    page = read_page(run / "report.html").text
    assert summary.entries.unchecked in page
    assert alarm in page


def test_an_entry_that_tells_no_seconds_has_none(make_run):
    run = make_run(models=("mean", "ridge", "cnn"))
    entered(run)
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    for job in manifest["jobs"]:
        if job["model"] == "cnn":
            job |= {"seconds_fit": None, "seconds_predict": None, "n_fits": 0}
    path.write_text(json.dumps(manifest))
    found = {item.model.name: item for item in summarise(read_run(run)).cost.models}
    assert found["cnn"].seconds != found["cnn"].seconds
    assert list(found)[-1] == "cnn"


def test_a_run_of_before_has_no_overall_difference(make_run):
    run = make_run(models=("mean", "ridge", "cnn"))
    assert not (run / "overall_differences.parquet").exists()
    assert told(run).found[0].overall is None
