"""Runs against each other: pairs are what both share on the same folds, and differences those of the squared errors."""

import json

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.pipelines.commands import main
from poregrove.pipelines.scoring.run_differences import OTHER_FOLDS, OTHER_ROWS, run_differences

TARGET, REGIME = "nominal_capacity", "new-both"
BEST = {(TARGET, REGIME): ("ridge", "scalars")}
SETTINGS = {"bootstrap": 200, "seed": 3}
N_VOLUMES, N_DESIGNS = 14, 12


@pytest.fixture
def write(tmp_path):
    """A function that writes a run of 14 volumes in 12 designs; ``noise`` is what ridge adds to the truth."""
    random = np.random.default_rng(1)
    v, d = np.divmod(np.arange(N_VOLUMES * N_DESIGNS), N_DESIGNS)
    y = 4 + random.normal(size=N_VOLUMES)[v] + random.normal(size=N_DESIGNS)[d]

    def make(name, noise, *, seed=0, models=("ridge", "xgboost")):
        from poregrove.schema import ALL_TARGETS, ROWS, SCALAR_COLUMNS

        folder = tmp_path / name
        folder.mkdir()
        rows = pd.DataFrame({"row": np.arange(len(v), dtype="int32"), "volume_digest": [f"v{i}" for i in v]})
        rows["design_digest"], rows["param_id"], rows["sample_id"] = [f"d{i}" for i in d], d.astype(float), v
        for column in (*SCALAR_COLUMNS, *(target.name for target in ALL_TARGETS)):
            rows[column] = np.nan
        rows[TARGET], rows["cycle_life_status"], rows["last_cycle"] = y, None, 100.0
        rows[list(ROWS.names)].to_parquet(folder / "rows.parquet")
        features = pd.DataFrame({"volume_digest": [f"v{i}" for i in range(N_VOLUMES)], "status": "ok", "porosity": 0.4})
        features.to_parquet(folder / "features.parquet")
        groups = rows[["row"]].assign(volume_group=v, design_group=d)
        groups = [("volume", f"v{i}", i) for i in range(N_VOLUMES)] + [("design", f"d{i}", i) for i in range(N_DESIGNS)]
        groups = pd.DataFrame(groups, columns=["kind", "digest", "group"]).astype({"group": "int32"})
        groups.to_parquet(folder / "groups.parquet")
        own = np.random.default_rng(seed)
        for model in models:
            place = folder / f"predictions/target={TARGET}/model={model}/features=scalars/regime={REGIME}"
            place.mkdir(parents=True)
            told = pd.DataFrame(
                {"row": rows["row"], "fold": (v % 3 * 3 + d % 3).astype("int32"), "repeat": np.int32(0)}
            )
            told["y_pred"] = (y + noise * own.normal(size=len(y))).astype("float32")
            told["y_lo"] = told["y_hi"] = np.float32(np.nan)
            told.to_parquet(place / "part-0.parquet")
        return folder

    return make


def prediction(folder, model="ridge"):
    return folder / f"predictions/target={TARGET}/model={model}/features=scalars/regime={REGIME}/part-0.parquet"


def rewritten(folder, change, model="ridge"):
    path = prediction(folder, model)
    with path.open("rb") as file:
        table = pd.read_parquet(file)
    change(table).to_parquet(path)


def found(runs, best=BEST):
    table = run_differences(runs, SETTINGS, [best] * len(runs))
    return {(row["kind"], row["model_b"], row["run"]): row for row in table.to_dict("records")}


def test_the_difference_is_that_of_the_squared_errors_over_their_common_total(write):
    runs = write("one", 0.4), write("two", 0.1, seed=5)
    table = found(runs)
    assert set(table) == {("same", "ridge", 1), ("same", "xgboost", 1), ("best", "ridge", 1)}
    rows = pd.read_parquet(runs[0] / "rows.parquet")[TARGET].to_numpy()
    sse = []
    for run in runs:
        with prediction(run).open("rb") as file:
            sse.append(((pd.read_parquet(file)["y_pred"] - rows) ** 2).sum())
    expected = (sse[0] - sse[1]) / ((rows - rows.mean()) ** 2).sum()
    for kind in ("same", "best"):
        row = table[kind, "ridge", 1]
        assert row["difference"] == pytest.approx(expected, rel=1e-6)
        assert 0 < row["lo"] < row["difference"] < row["hi"]
        assert row["verdict"] == "a"


def test_a_run_does_not_differ_from_itself(write):
    run = write("one", 0.3)
    row = found((run, run))["best", "ridge", 1]
    assert (row["difference"], row["verdict"]) == (0, "undetermined")


def test_folds_with_other_numbers_are_the_same_folds_and_other_parts_are_not(write):
    runs = write("one", 0.3), write("two", 0.2)
    rewritten(runs[1], lambda table: table.assign(fold=(8 - table["fold"]).astype("int32")))
    rewritten(runs[1], lambda table: table.assign(fold=np.roll(table["fold"], 1)), "xgboost")
    table = found(runs)
    assert np.isfinite(table["same", "ridge", 1]["difference"])
    assert np.isnan(table["same", "xgboost", 1]["difference"])
    assert (table["same", "xgboost", 1]["reason"], table["same", "xgboost", 1]["verdict"]) == (
        OTHER_FOLDS,
        "undetermined",
    )


def test_predictions_of_other_rows_are_not_paired(write):
    runs = write("one", 0.3), write("two", 0.2)
    rewritten(runs[1], lambda table: table.iloc[:-2])
    assert found(runs)["same", "ridge", 1]["reason"] == OTHER_ROWS


def test_only_what_both_have_is_the_same_and_three_runs_are_two_comparisons(write):
    runs = write("one", 0.3), write("two", 0.2, models=("ridge",)), write("three", 0.1)
    assert set(found(runs)) == {
        ("same", "ridge", 1), ("best", "ridge", 1), ("same", "ridge", 2), ("same", "xgboost", 2), ("best", "ridge", 2),
    }  # fmt: skip


def test_nothing_in_common_is_an_empty_table_with_its_columns(write):
    runs = write("one", 0.3), write("two", 0.2)
    table = run_differences(runs, SETTINGS, [BEST, {}])
    assert table.empty
    assert "p_holm" in table


def manifest(folder, digest):
    told = {
        "schema_version": 1, "name": folder.name, "data": {"digest": digest}, "settings": {"comparison": SETTINGS},
        "targets": [{"name": TARGET, "weight": 0.3}], "regimes": [{"name": REGIME}], "models": [{"name": "ridge", "kind": "linear"}, {"name": "xgboost", "kind": "booster"}],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(told))
    scores = [
        (TARGET, model, "scalars", REGIME, metric, "raw", value, value - 0.1, value + 0.05, 168, 14, 12)
        for model, value in (("ridge", 0.8), ("xgboost", 0.7))
        for metric in ("skill", "r2")
    ]
    columns = [
        "target",
        "model",
        "features",
        "regime",
        "metric",
        "scale",
        "value",
        "lo",
        "hi",
        "n_rows",
        "n_volumes",
        "n_designs",
    ]
    pd.DataFrame(scores, columns=columns).to_parquet(folder / "scores.parquet")


def test_the_command_writes_the_page_into_the_first_run_or_where_it_is_told(write, tmp_path):
    runs = write("one", 0.4), write("two", 0.1, seed=5)
    for run in runs:
        manifest(run, "d1g35t")
    words = ["report", *map(str, runs)]
    assert main.main(words) == 0
    assert "Run B beats run A on one of 1 target." in (runs[0] / "comparison.html").read_text(encoding="utf-8")
    assert main.main([*words, "--out", str(tmp_path / "pages/both.html")]) == 0
    assert (tmp_path / "pages/both.html").read_bytes() == (runs[0] / "comparison.html").read_bytes()


def test_runs_on_other_data_are_refused_by_both_digests_before_anything_is_written(write, capsys):
    runs = write("one", 0.4), write("two", 0.1)
    for run, digest in zip(runs, ("aaa111", "bbb222"), strict=True):
        manifest(run, digest)
    assert main.main(["report", *map(str, runs)]) == RunError.exit_code
    told = capsys.readouterr().err
    assert "aaa111" in told
    assert "bbb222" in told
    assert not (runs[0] / "comparison.html").exists()


def test_out_belongs_to_several_runs(write, tmp_path, capsys):
    run = write("one", 0.4)
    manifest(run, "d1g35t")
    assert main.main(["report", str(run), "--out", str(tmp_path / "x.html")]) == 2
    assert "--out" in capsys.readouterr().err


def test_a_damaged_prediction_file_is_named(write):
    runs = write("one", 0.3), write("two", 0.2)
    prediction(runs[1]).write_bytes(b"no Parquet")
    with pytest.raises(RunError, match=r"two/predictions.*part-0\.parquet"):
        found(runs)
