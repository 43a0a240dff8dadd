"""Folds out, predictions in: a network of one's own in a comparison, from the command line."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.commands.main import main

LIFE, TAU = "projected_cycle_life", "tau_factor"
FOLDS = ("--targets", f"{LIFE},{TAU}", "--folds", "3", "--regimes", "random,new-structure,new-both", "--repeats", "2")
STUDIES = ("importance", "ablation", "learning_curves", "costs")
QUICK = tuple(word for name in STUDIES for word in ("--set", f"study.{name}=false"))
COMPARE = (*FOLDS, "--models", "mean,design-mean,ridge", "--tiers", "morphology", "--set", "comparison.bootstrap=300")


@pytest.fixture
def poregrove(capfd):
    """Run a command line; its exit code and what it said."""

    def run(*words):
        code = main([str(word) for word in words])
        return code, capfd.readouterr().err

    return run


@pytest.fixture(scope="module")
def folds(shared_clean_set, tmp_path_factory):
    """The folder that ``poregrove folds`` writes."""
    out = tmp_path_factory.mktemp("folds") / "out"
    assert main(["folds", str(shared_clean_set.folder), "--out", str(out), *FOLDS, "--workers", "1", "--quiet"]) == 0
    return out


@pytest.fixture(scope="module")
def network(folds):
    """Predictions of a good network on every fold, as its maker would write them."""
    rows, parts = pd.read_parquet(folds / "rows.parquet"), pd.read_parquet(folds / "folds.parquet")
    rng, found = np.random.default_rng(0), []
    for target in rows.attrs["targets"]:
        y = rows.set_index("row")[target].dropna()
        test = parts[(parts["part"] == "test") & parts["row"].isin(y.index)]
        truth = y[test["row"]].to_numpy()
        keys = test[["regime", "repeat", "fold", "row"]].astype({"regime": object})
        found.append(keys.assign(target=target, y_pred=truth + 0.05 * truth.std() * rng.normal(size=len(truth))))
    table = pd.concat(found, ignore_index=True).assign(folds_digest=rows.attrs["folds_digest"])
    table.attrs = {"seconds_fit": 90.0, "parameters": 1234567, "reference": "doi:10.1000/net"}
    return table


@pytest.fixture(scope="module")
def finished(shared_clean_set, network, tmp_path_factory):
    """A run with one entry."""
    folder = tmp_path_factory.mktemp("run")
    network.to_parquet(folder / "preds.parquet")
    data, out = str(shared_clean_set.folder), str(folder / "run")
    words = ["compare", data, "--out", out, *COMPARE, *QUICK, "--entry", f"My net={folder / 'preds.parquet'}"]
    assert main([*words, "--workers", "1", "--quiet"]) == 0
    return folder / "run"


@pytest.fixture
def run(finished, tmp_path):
    """A copy that a test may change."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture
def clean_folder(shared_clean_set):
    """The data set of all these runs."""
    return shared_clean_set.folder


@pytest.fixture
def places(finished, clean_folder, tmp_path):
    """Values for the placeholders of a command line."""
    return {"RUN": finished, "FILE": finished.parent / "preds.parquet", "DATA": clean_folder, "OUT": tmp_path / "out"}


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def summary(run):
    return json.loads((run / "summary.json").read_text())


def test_the_first_screen_answers_for_the_entry(finished):
    (found,) = summary(finished)["challengers"]["found"]
    assert found["sentence"].startswith("My net beats the best baseline: on projected cycle life under R4 its R² is ")
    assert "; over 2 targets its skill is " in found["sentence"]
    page = (finished / "report.html").read_text()
    assert page.index("Does My net beat the best baseline?") < page.index('id="by-target"')
    assert "that training looked at no test row cannot be checked here" in page
    assert found["sentence"].replace("−", "") in (finished / "report.md").read_text().replace("−", "").replace("\\", "")


def test_the_sentence_is_what_the_tables_say(finished):
    (found,) = summary(finished)["challengers"]["found"]
    differences = pd.read_parquet(finished / "differences.parquet")
    differences = differences[(differences["target"] == LIFE) & (differences["regime"] == "new-both")]
    own = differences[differences["model_a"] == "My net"]
    least = own.loc[own["difference"].idxmin()]
    told = found["on_target"]
    assert told["difference"] == {
        name: pytest.approx(least[key]) for name, key in (("value", "difference"), ("lo", "lo"), ("hi", "hi"))
    }
    assert (told["baseline"]["model"], told["baseline"]["features"]) == (least["model_b"], least["features_b"])
    overall = pd.read_parquet(finished / "overall_differences.parquet").query(
        "variant == 'all' and metric == 'skill' and regime == 'new-both'"
    )
    overall = overall[overall["n_targets"] == 2]
    best = overall.loc[overall["value_b"].idxmax()]
    assert found["overall"]["difference"]["value"] == pytest.approx(best["difference"])
    assert found["overall"]["baseline"]["model"] == best["model_b"]


def test_r2_of_the_entry_equals_a_computation_from_its_file(finished, folds, network):
    y = pd.read_parquet(folds / "rows.parquet").set_index("row")[LIFE]
    own = network[(network["target"] == LIFE) & (network["regime"] == "new-both")]
    truth = y[own["row"]].to_numpy()
    r2 = 1 - ((own["y_pred"] - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
    scores = pd.read_parquet(finished / "scores.parquet").query(
        "model == 'My net' and regime == 'new-both' and metric == 'r2'"
    )
    assert scores[(scores["target"] == LIFE) & (scores["scale"] == "raw")]["value"].item() == pytest.approx(
        r2, abs=1e-6
    )


def test_the_manifest_holds_what_was_handed_in(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    (entry,) = manifest["entries"]
    digest = hashlib.sha256((finished.parent / "preds.parquet").read_bytes()).hexdigest()
    assert [(file["name"], file["sha256"]) for file in entry["files"]] == [("preds.parquet", digest)]
    assert (entry["seconds_fit"], entry["parameters"]) == (90.0, 1234567)
    model = next(model for model in manifest["models"] if model["name"] == "My net")
    assert (model["kind"], model["entered"], model["reference"]) == ("network", True, "doi:10.1000/net")
    cost = next(item for item in summary(finished)["cost"]["models"] if item["model"] == "My net")
    assert cost["seconds_fit"] == pytest.approx(90.0)


def test_the_entry_is_in_every_section(finished):
    told = summary(finished)
    boards = {
        (board["target"], board["regime"])
        for board in told["leaderboard"]["boards"]
        for row in board["rows"]
        if row["model"] == "My net"
    }
    assert boards == {(LIFE, name) for name in ("random", "new-structure", "new-both")} | {
        (TAU, name) for name in ("new-structure", "new-both")
    }
    assert all(any(row["model"] == "My net" for row in table["rows"]) for table in told["overall"]["tables"])
    assert {gap["model"] for gap in told["gaps"]["all"]} >= {"My net"}
    plots = {item["target"]: item["plot"]["candidate"]["model"] for item in told["parity"]}
    assert plots[LIFE] == "My net"
    (entry,) = told["entries"]["found"]
    assert all(part["n_folds"] == part["n_folds_of_run"] for part in entry["coverage"])
    letters = pd.read_parquet(finished / "letters.parquet")
    assert "My net" in set(letters["model"])


def test_report_again_says_the_same(run, poregrove):
    before = (run / "summary.json").read_text()
    assert poregrove("report", run)[0] == 0
    assert (run / "summary.json").read_text() == before


def test_the_same_command_goes_on_and_keeps_the_entry(run, shared_clean_set, poregrove):
    times = {path: path.stat().st_mtime_ns for path in (run / "predictions").rglob("*.parquet")}
    before = pd.read_parquet(run / "scores.parquet")
    words = ("compare", shared_clean_set.folder, "--out", run, *COMPARE, *QUICK, "--workers", 1)
    assert poregrove(*words)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in (run / "predictions").rglob("*.parquet")} == times
    pd.testing.assert_frame_equal(pd.read_parquet(run / "scores.parquet"), before)
    assert [entry["name"] for entry in json.loads((run / "manifest.json").read_text())["entries"]] == ["My net"]


def test_entering_fits_nothing_and_changes_no_other_prediction(run, network, poregrove, tmp_path):
    predictions = contents(run / "predictions")
    bundle = contents(run / "bundle")
    network.assign(y_pred=network["y_pred"] * 1.05).to_csv(tmp_path / "second.csv", index=False)
    (tmp_path / "second.json").write_text('{"label": "Second", "kind": "linear"}')
    assert poregrove("enter", run, f"second={tmp_path / 'second.csv'}")[0] == 0
    after = contents(run / "predictions")
    assert predictions.items() <= after.items()
    assert {path.parts[1] for path in after.keys() - predictions.keys()} == {"model=second"}
    assert contents(run / "bundle") == bundle
    names = [item["model"] for item in summary(run)["challengers"]["found"]]
    assert names == ["My net", "second"]
    assert (
        "Second does not beat" in (run / "report.html").read_text()
        or "Second beats" in (run / "report.html").read_text()
    )


def test_a_name_is_entered_again_only_to_replace(run, network, poregrove, tmp_path):
    network[network["target"] == LIFE].to_parquet(tmp_path / "p.parquet")
    before = contents(run)
    code, said = poregrove("enter", run, f"My net={tmp_path / 'p.parquet'}")
    assert code == 2
    assert "has an entry 'My net' already: enter it with --replace" in said
    assert contents(run) == before
    assert poregrove("enter", run, f"My net={tmp_path / 'p.parquet'}", "--replace")[0] == 0
    assert not (run / "predictions" / f"target={TAU}" / "model=My net").exists()
    (entry,) = summary(run)["entries"]["found"]
    assert "no predictions of tortuosity factor" in entry["remarks"]


def of_fold(table, fold):
    chosen = (table["target"] == LIFE) & (table["regime"] == "new-both") & (table["repeat"] == 0)
    return table.index[chosen & (table["fold"] == fold)]


def another_fold(table):
    spoiled = table.copy()
    one, two = of_fold(table, 0), of_fold(table, 8)
    spoiled.loc[one[:3], "row"] = table["row"][two[:3]].to_numpy()
    return spoiled, "repeat 0, fold 0: rows"


def missing_row(table):
    return table.drop(index=of_fold(table, 2)[0]), "is missing, of"


def duplicated_rows(table):
    return pd.concat([table, table.loc[of_fold(table, 1)[:2]]]), "a row that is predicted twice, in 2 of"


def not_a_number(table):
    return table.assign(
        y_pred=table["y_pred"].where(table.index != of_fold(table, 1)[0])
    ), "not a finite number, in 1 of"


def other_data(table):
    return table.assign(folds_digest="0123456789abcdef"), "made on the folds of other data"


def other_data_without_digest(table):
    return table.drop(columns="folds_digest").assign(row=table["row"] + 1), "no test row of this fold"


def thousandfold(table):
    return table.assign(
        y_pred=table["y_pred"].where(table["target"] != LIFE, 1000 * table["y_pred"])
    ), "about 1000 times the target"


WRONG = (another_fold, missing_row, duplicated_rows, not_a_number, other_data, other_data_without_digest, thousandfold)


@pytest.mark.parametrize("spoil", WRONG)
def test_wrong_predictions_end_in_one_line_and_change_nothing(run, network, poregrove, clean_folder, spoil):
    table, named = spoil(network)
    table.attrs = {}
    path, out = run.parent / "wrong.parquet", run.parent / "new"
    table.to_parquet(path)
    before = contents(run)
    code, said = poregrove("enter", run, f"Wrong={path}")
    (line,) = [line for line in said.splitlines() if "INFO" not in line]
    assert code == 2
    assert named in line
    assert str(path) in line
    assert contents(run) == before
    words = ("compare", clean_folder, "--out", out, *COMPARE, "--entry", f"Wrong={path}", "--workers", 1)
    code, said = poregrove(*words)
    assert code == 2
    assert named in said
    assert not out.exists()


def test_a_damaged_file_is_named_before_the_data_are_read(poregrove, tmp_path):
    (tmp_path / "p.parquet").write_bytes(b"PAR1")
    code, said = poregrove(
        "compare", tmp_path / "nowhere", "--out", tmp_path / "run", "--entry", f"net={tmp_path / 'p.parquet'}"
    )
    assert code == 2
    (line,) = said.splitlines()
    assert "expected a readable parquet table of predictions" in line
    assert not (tmp_path / "run").exists()


def test_the_truth_is_flagged_on_the_page(run, network, folds, poregrove, tmp_path):
    y = pd.read_parquet(folds / "rows.parquet").set_index("row")[LIFE]
    truth = network.assign(y_pred=network["y_pred"].where(network["target"] != LIFE, network["row"].map(y)))
    truth.to_parquet(tmp_path / "truth.parquet")
    assert poregrove("enter", run, f"Truth={tmp_path / 'truth.parquet'}")[0] == 0
    (alarm,) = [alarm for item in summary(run)["entries"]["found"] for alarm in item["alarms"]]
    assert alarm.startswith("Truth on projected cycle life under R1, R2, R4: equal to the truth in every row")
    page = (run / "report.html").read_text()
    assert page.index(alarm) < page.index('id="by-target"')


def test_a_part_of_the_folds_is_enough_and_is_said(run, network, poregrove, tmp_path):
    part = network[(network["regime"] == "new-both") & (network["repeat"] == 0) & (network["target"] == LIFE)]
    part.drop(columns="folds_digest").to_csv(tmp_path / "part.csv", index=False)
    assert poregrove("enter", run, f"Part={tmp_path / 'part.csv'}")[0] == 0
    told = summary(run)
    entry = next(item for item in told["entries"]["found"] if item["model"] == "Part")
    (coverage,) = entry["coverage"]
    assert (coverage["n_folds"], coverage["n_folds_of_run"], coverage["n_repeats"]) == (9, 18, 1)
    assert "no predictions under R1, R2" in entry["remarks"]
    assert any("names no folds digest" in remark for remark in entry["remarks"])
    rows = [row for board in told["leaderboard"]["boards"] for row in board["rows"] if row["model"] == "Part"]
    assert [row["note"] for row in rows] == ["on 9 of 18 folds"]
    challenge = next(item for item in told["challengers"]["found"] if item["model"] == "Part")
    assert "beats the best baseline: on projected cycle life under R4" in challenge["sentence"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("enter", "nowhere", "net=p.csv"), 1, "expected a finished run"),
        (("enter", "RUN", "ridge=FILE"), 2, "'ridge' is another model"),
        (("enter", "RUN", "net"), 2, "expected NAME=FILE"),
        (("folds", "DATA", "--out", "OUT", "--regimes", "R4"), 2, "unknown regime 'R4'"),
        (("folds", "DATA", "--out", "OUT", "--targets", "life"), 2, "unknown target 'life'"),
    ],
)
def test_wrong_words_are_named(poregrove, places, words, code, said):
    for name, path in places.items():
        words = [word.replace(name, str(path)) for word in words]
    found, line = poregrove(*words)
    assert found == code
    assert said in line
    assert not places["OUT"].exists()


def test_parts_of_a_run_place_entries_where_they_are_merged(shared_clean_set, network, finished, poregrove, tmp_path):
    network.to_parquet(tmp_path / "p.parquet")
    words = ("compare", shared_clean_set.folder, "--out", tmp_path / "run", *COMPARE, *QUICK, "--workers", 1)
    for shard in ("1/2", "2/2"):
        assert poregrove(*words, "--shard", shard, "--entry", f"My net={tmp_path / 'p.parquet'}")[0] == 0
    assert poregrove("merge", tmp_path / "run", "--workers", 1)[0] == 0
    one, other = (pd.read_parquet(run / "scores.parquet") for run in (tmp_path / "run", finished))
    keys = ["target", "model", "features", "regime", "metric", "scale"]
    pd.testing.assert_frame_equal(
        one[one["model"] == "My net"].sort_values(keys).reset_index(drop=True),
        other[other["model"] == "My net"].sort_values(keys).reset_index(drop=True),
    )
    assert len(json.loads((tmp_path / "run" / "manifest.json").read_text())["entries"]) == 1
