"""Entries against the folds of a run, and their numbers in every table against a computation by hand."""

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import EntryError
from poregrove.pipelines.runs.entries import read_entries
from poregrove.pipelines.scoring.entered import entered, place, with_entries
from poregrove.pipelines.scoring.entries import check_entries
from poregrove.pipelines.tables.run_tables import load_data
from poregrove.pipelines.training.folds_digest import folds_digest
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.predictions import read_predictions, read_record

LIFE, TAU = "projected_cycle_life", "tau_factor"
REGIMES = ("random", "new-structure", "new-both")
CHANGES = {"targets": (LIFE, TAU), "regimes": REGIMES, "repeats": 2, "folds": 4}


@pytest.fixture
def run(world, runner, models):
    """A comparison of three models, as far as its predictions."""
    runner.run(
        world, models["mean"], models["design-mean"], models["linear"], feature_sets=("none", "scalars"), **CHANGES
    )
    return runner


def predictions(run, *targets, noise=0.3, seed=0, regimes=REGIMES):
    """Predictions of an honest model of one's own: the truth with noise, on every fold."""
    data, rng, frames = load_data(run.folder), np.random.default_rng(seed), []
    for target in targets or (LIFE, TAU):
        table = data.table(target)
        y = pd.Series(table.targets[target], table.row)
        for regime in regimes:
            file = Job(target, "mean", "none", regime).file(run.folder)
            if file.exists():
                found = read_predictions(file)
                truth = y[found["row"]].to_numpy()
                frame = pd.DataFrame({name: found[name] for name in ("repeat", "fold", "row")})
                scatter = noise * truth.std() * rng.normal(size=len(truth))
                frames.append(frame.assign(target=target, regime=regime, y_pred=truth + scatter))
    return pd.concat(frames, ignore_index=True)


def checked(run, frame, tmp_path, name="net", without=None, **changes):
    words = []
    for key, part in (("", frame), (":without-image", without)):
        if part is not None:
            path = tmp_path / f"net{key.replace(':', '-')}.parquet"
            part.to_parquet(path)
            words.append(f"{name}{key}={path}")
    settings = run.settings(**{**CHANGES, **changes})
    return check_entries(read_entries(words), load_data(run.folder), settings)


def score(run, models):
    run.score(models["mean"], models["design-mean"], models["linear"], **CHANGES)


def hand_r2(y, predicted):
    return 1 - ((predicted - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def truth(run, target):
    table = load_data(run.folder).table(target)
    return pd.Series(table.targets[target], table.row)


def one(table, **keys):
    for name, value in keys.items():
        table = table[table[name] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def test_an_entry_lies_in_the_run_like_a_model(run, tmp_path):
    frame = predictions(run).assign(y_lo=-1e9, y_hi=1e9)
    frame.attrs = {"seconds_fit": 120.0, "device": "cuda", "parameters": 7}
    (item,) = checked(run, frame, tmp_path, name="My net/2")
    place((item,), run.folder)
    job = Job(LIFE, "My net/2", "own", "new-both")
    assert "model=My net%2F2" in str(job.file(run.folder))
    found = pd.DataFrame(read_predictions(job.file(run.folder))).set_index(["repeat", "fold", "row"])["y_pred"]
    given = frame[(frame["target"] == LIFE) & (frame["regime"] == "new-both")].set_index(["repeat", "fold", "row"])
    pd.testing.assert_series_equal(found, given["y_pred"].loc[found.index].astype("float32"))
    record = read_record(job.file(run.folder))
    assert (record["device"], record["interval_method"]) == ("cuda", "model")
    share = len(given) / len(frame)
    assert record["seconds_fit"] == pytest.approx(120.0 * share)
    (told,) = entered(run.folder)
    assert told["parameters"] == 7
    assert sum(job["seconds_fit"] or 0 for job in told["jobs"]) == pytest.approx(120.0)


def test_scores_and_differences_equal_a_computation_by_hand(run, models, tmp_path):
    frame = predictions(run)
    place(checked(run, frame, tmp_path), run.folder)
    score(run, models)
    scores, differences = run.table("scores"), run.table("differences")
    y = truth(run, LIFE)
    own = frame[(frame["target"] == LIFE) & (frame["regime"] == "new-both")]
    own_r2 = hand_r2(y[own["row"]].to_numpy(), own["y_pred"].to_numpy())
    row = one(scores, target=LIFE, model="net", regime="new-both", metric="r2", scale="raw")
    assert row["value"] == pytest.approx(own_r2, abs=1e-6)
    assert (row["features"], row["n_rows"]) == ("own", 288)
    mae = np.abs(own["y_pred"].to_numpy() - y[own["row"]].to_numpy()).mean()
    assert one(scores, target=LIFE, model="net", regime="new-both", metric="mae", scale="raw")[
        "value"
    ] == pytest.approx(mae, rel=1e-6)
    mean = read_predictions(Job(LIFE, "mean", "none", "new-both").file(run.folder))
    mean_r2 = hand_r2(y[mean["row"]].to_numpy(), mean["y_pred"].astype(float))
    skill = 1 - (1 - own_r2) / (1 - mean_r2)
    assert one(scores, target=LIFE, model="net", regime="new-both", metric="skill", scale="raw")[
        "value"
    ] == pytest.approx(skill, abs=1e-6)
    pair = differences[(differences["target"] == LIFE) & (differences["regime"] == "new-both")]
    pair = one(pair[pair["model_b"] == "net"], model_a="mean")
    assert pair["difference"] == pytest.approx(mean_r2 - own_r2, abs=1e-6)
    assert pair["lo"] < pair["difference"] < pair["hi"] < 0
    gap = one(run.table("gaps"), target=LIFE, model="net", variant="as-is", scale="raw")
    random = frame[(frame["target"] == LIFE) & (frame["regime"] == "random")]
    assert gap["gap"] == pytest.approx(
        hand_r2(y[random["row"]].to_numpy(), random["y_pred"].to_numpy()) - own_r2, abs=1e-6
    )
    letters = run.table("letters")
    assert set(letters[letters["model"] == "net"]["regime"]) == set(REGIMES)


def test_the_overall_difference_weighs_targets_on_the_rows_of_both(run, models, tmp_path):
    place(checked(run, predictions(run), tmp_path), run.folder)
    score(run, models)
    found = run.table("overall_differences")
    assert set(found["model_a"]) == {"net"}
    row = one(found, model_b="mean", regime="new-both", variant="all", metric="skill")
    scores = run.table("scores").query("metric == 'skill' and regime == 'new-both'")
    own, base = (
        [
            one(scores, target=target, model=name, scale=scale)["value"]
            for target, scale in ((LIFE, "raw"), (TAU, "log"))
        ]
        for name in ("net", "mean")
    )
    expected = (1.0 * (own[0] - base[0]) + 0.3 * (own[1] - base[1])) / 1.3
    assert row["difference"] == pytest.approx(expected, abs=1e-6)
    assert row["value_a"] - row["value_b"] == pytest.approx(row["difference"])
    assert row["n_targets"] == 2
    assert row["lo"] < row["difference"] < row["hi"]


def test_an_entry_with_some_folds_is_compared_on_those_alone(run, models, tmp_path):
    frame = predictions(run, LIFE)
    part = frame[(frame["regime"] == "new-both") & (frame["repeat"] == 0) & (frame["fold"] < 4)]
    part = pd.concat([part, frame[(frame["regime"] == "random") & (frame["repeat"] == 1)]])
    place(checked(run, part, tmp_path), run.folder)
    score(run, models)
    y = truth(run, LIFE)
    own = part[part["regime"] == "new-both"]
    row = one(run.table("scores"), model="net", regime="new-both", metric="r2", scale="raw")
    assert row["n_rows"] == len(own) < 288
    own_r2 = hand_r2(y[own["row"]].to_numpy(), own["y_pred"].to_numpy())
    assert row["value"] == pytest.approx(own_r2, abs=1e-6)
    other = pd.DataFrame(read_predictions(Job(LIFE, "linear", "scalars", "new-both").file(run.folder)))
    other = other[(other["repeat"] == 0) & (other["fold"] < 4)]
    differences = run.table("differences").query("regime == 'new-both'")
    pair = one(differences[differences["model_a"] == "net"], model_b="linear")
    other_r2 = hand_r2(y[other["row"]].to_numpy(), other["y_pred"].astype(float).to_numpy())
    assert pair["difference"] == pytest.approx(own_r2 - other_r2, abs=1e-6)
    whole = one(run.table("scores"), model="linear", regime="new-both", metric="r2", scale="raw", target=LIFE)
    assert whole["n_rows"] == 288
    assert whole["value"] != pytest.approx(other_r2, abs=1e-9)
    overall = one(run.table("overall_differences"), model_b="linear", regime="new-both", variant="all", metric="r2")
    assert (overall["value_a"], overall["value_b"]) == (
        pytest.approx(own_r2, abs=1e-5),
        pytest.approx(other_r2, abs=1e-5),
    )
    gap = one(run.table("gaps"), model="net", scale="raw", variant="as-is")
    random = part[(part["regime"] == "random") & part["row"].isin(own["row"])]
    assert gap["gap"] == pytest.approx(
        hand_r2(y[random["row"]].to_numpy(), random["y_pred"].to_numpy()) - own_r2, abs=1e-6
    )


def test_entries_with_other_folds_meet_on_what_they_share(run, models, tmp_path):
    frame = predictions(run, LIFE, regimes=("new-both",))
    parts = {"one": frame[frame["fold"] < 5], "two": frame[frame["fold"] > 2], "none": frame[frame["fold"] > 6]}
    for number, (name, part) in enumerate(parts.items()):
        shifted = part.assign(y_pred=part["y_pred"] + 20 * number)
        place(checked(run, shifted, tmp_path, name=name), run.folder)
    score(run, models)
    y, differences = truth(run, LIFE), run.table("differences").query("regime == 'new-both'")
    pair = differences[(differences["model_a"] == "one") & (differences["model_b"] == "two")]
    shared = frame[frame["fold"].isin([3, 4])]
    # A row that is tested in both repeats counts once, by the mean of its losses.
    errors = [(shared["y_pred"] + shift - y[shared["row"]].to_numpy()) ** 2 for shift in (0, 20)]
    losses = [error.groupby(shared["row"]).mean() for error in errors]
    total = ((y[losses[0].index] - y[losses[0].index].mean()) ** 2).sum()
    r2 = [1 - loss.sum() / total for loss in losses]
    assert one(pair)["difference"] == pytest.approx(r2[0] - r2[1], abs=1e-6)
    assert not len(differences[(differences["model_a"] == "none") & (differences["model_b"] == "one")])
    assert not len(differences[(differences["model_a"] == "one") & (differences["model_b"] == "none")])
    assert len(entered(run.folder)) == 3


def test_the_image_adds_what_two_files_say(run, models, tmp_path):
    frame, without = predictions(run, LIFE), predictions(run, LIFE, noise=0.9, seed=1)
    place(checked(run, frame, tmp_path, without=without[without["repeat"] == 0]), run.folder)
    score(run, models)
    adds = run.table("image_adds")
    row = one(adds[adds["model"] == "net"], regime="new-both", metric="r2", scale="raw")
    y = truth(run, LIFE)
    sides = [part[(part["regime"] == "new-both") & (part["repeat"] == 0)] for part in (frame, without)]
    r2 = [hand_r2(y[part["row"]].to_numpy(), part["y_pred"].to_numpy()) for part in sides]
    assert (row["features_with"], row["features_without"]) == ("own", "own-without-image")
    assert row["value"] == pytest.approx(r2[0] - r2[1], abs=1e-6)
    assert row["verdict"] == "adds"


def test_volume_only_predictions_serve_both_regimes_that_have_their_folds(run, tmp_path):
    (item,) = checked(run, predictions(run, TAU, regimes=("new-structure",)), tmp_path)
    assert {part.job.regime: part.mirrored for part in item.parts} == {"new-structure": False, "new-both": True}


def test_what_the_run_did_not_compare_is_left_out_and_said(run, tmp_path):
    frame = predictions(run)
    (item,) = checked(run, frame, tmp_path, targets=(LIFE,), regimes=("random", "new-both"), repeats=1)
    assert {(part.job.target, part.job.regime) for part in item.parts} == {(LIFE, "random"), (LIFE, "new-both")}
    said = "; ".join(item.remarks)
    assert "target tau_factor left out" in said
    assert "regime new-structure left out" in said
    assert "repeats from 1 on under new-both left out: this run has 1" in said
    with pytest.raises(EntryError, match="nothing in it was compared in this run: target tau_factor left out"):
        checked(run, frame[frame["target"] == TAU], tmp_path, targets=(LIFE,))


def spoiled(frame):
    """Each way of being wrong, with what must be said."""
    first = frame[
        (frame["target"] == LIFE) & (frame["regime"] == "new-both") & (frame["fold"] == 0) & (frame["repeat"] == 0)
    ]
    moved = frame.copy()
    moved.loc[first.index[0], "row"] = frame[(frame["regime"] == "new-both") & (frame["fold"] == 8)]["row"].iloc[0]
    yield "another row", moved, r"new-both, repeat 0, fold 0: row \d+ is no test row of this fold"
    swapped = frame.copy()
    same = (frame["target"] == LIFE) & (frame["regime"] == "new-both")
    swapped.loc[same, "fold"] = (frame["fold"][same] + 1) % 9
    yield "another fold", swapped, r"rows .* no test row of this fold"
    yield "a missing row", frame.drop(index=first.index[0]), r"row \d+ is missing, of \d+ rows to predict"
    yield "no such fold", frame.assign(fold=frame["fold"] + 50), "there is no such fold"
    yield "other digest", frame.assign(folds_digest="0" * 16), "made on the folds of other data"
    thousand = frame.assign(y_pred=frame["y_pred"].where(frame["target"] != LIFE, 1000 * frame["y_pred"]))
    yield "units", thousand, "y_pred is about 1000 times the target, which is in cycles"
    negative = frame.assign(y_pred=frame["y_pred"].where(frame["target"] != TAU, 1.3 - frame["y_pred"]))
    yield "negative", negative, "expected y_pred above 0, for it is scored on a logarithmic scale"
    yield (
        "too large",
        frame.assign(y_pred=frame["y_pred"].where(frame["row"] != 3, 1e300)),
        "y_pred within single precision, got 1e.300",
    )


def test_wrong_predictions_are_named(run, tmp_path):
    frame = predictions(run)
    kept = sorted((run.folder / "predictions").rglob("*.parquet"))
    for what, part, said in spoiled(frame):
        with pytest.raises(EntryError, match=said) as error:
            checked(run, part, tmp_path)
        assert "net.parquet" in str(error.value), what
    assert sorted((run.folder / "predictions").rglob("*.parquet")) == kept


def test_rows_without_a_target_must_not_be_predicted(world, runner, models, tmp_path):
    world.observations.loc[4, LIFE] = np.nan
    runner.run(world, models["mean"], **CHANGES)
    frame = predictions(runner, LIFE, regimes=("random",))
    assert 4 not in set(frame["row"])
    assert checked(runner, frame, tmp_path)
    extra = frame[:1].assign(row=4)
    with pytest.raises(EntryError, match=r"row 4 is (without a value of the target|no test row of this fold)"):
        checked(runner, pd.concat([frame, extra]), tmp_path)


def test_the_digest_of_these_folds_is_accepted(run, tmp_path):
    digest = folds_digest(load_data(run.folder), run.settings(**CHANGES))
    assert checked(run, predictions(run).assign(folds_digest=digest), tmp_path)


def test_lives_are_moved_into_what_a_life_can_be(run, tmp_path):
    frame = predictions(run, LIFE)
    frame.loc[:4, "y_pred"] = -5.0
    (item,) = checked(run, frame, tmp_path)
    assert sum(part.n_clipped for part in item.parts) == 5
    assert min(part.predictions["y_pred"].min() for part in item.parts) == 1.0


def test_the_truth_is_flagged_not_refused(run, tmp_path):
    y = truth(run, LIFE)
    frame = predictions(run)
    frame["y_pred"] = frame["y_pred"].where(frame["target"] != LIFE, frame["row"].map(y))
    (item,) = checked(run, frame, tmp_path)
    told = {part.job.target: part.suspicion for part in item.parts}
    assert "equal to the truth in every row" in told[LIFE]
    assert told[TAU] is None


def test_entering_again_replaces_all_of_it(run, tmp_path):
    place(checked(run, predictions(run), tmp_path), run.folder)
    place(checked(run, predictions(run, LIFE, seed=1), tmp_path, name="NET"), run.folder)
    models = {
        path.parent.parent.parent.name for path in run.folder.rglob("part-0.parquet") if "features=own" in str(path)
    }
    assert models == {"model=NET"}
    assert [record["name"] for record in entered(run.folder)] == ["NET"]


def test_an_entry_that_was_stopped_half_way_leaves_nothing(run, tmp_path):
    place(checked(run, predictions(run), tmp_path), run.folder)
    Job(LIFE, "net", "own", "random").file(run.folder).unlink()
    assert entered(run.folder) == ()
    place((), run.folder)
    assert not [path for path in run.folder.rglob("*.parquet") if "features=own" in str(path)]


def test_the_manifest_tells_of_entries_once(run, tmp_path):
    place(checked(run, predictions(run), tmp_path), run.folder)
    manifest = {"models": [{"name": "mean"}], "jobs": [{"features": "none"}], "feature_sets": [{"name": "none"}]}
    told = with_entries(with_entries(manifest, entered(run.folder)), entered(run.folder))
    assert [model["name"] for model in told["models"]] == ["mean", "net"]
    assert [item["name"] for item in told["feature_sets"]] == ["none", "own"]
    assert len(told["jobs"]) == 1 + 5
    assert len(told["entries"]) == 1
    assert with_entries(told, ()) == {**manifest, "entries": []}


def test_settings_of_another_comparison_have_other_folds(run, tmp_path):
    digest = folds_digest(load_data(run.folder), run.settings(**CHANGES))
    frame = predictions(run).assign(folds_digest=digest)
    with pytest.raises(EntryError, match="folds_digest"):
        checked(run, frame, tmp_path, seed=1)
