"""Plans of a small set of known size, beside the run that they are for."""

import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from poregrove.errors import RunError
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.compare import run
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.execution.shards import Shard
from poregrove.pipelines.planning import apply
from poregrove.pipelines.planning.apply import n_rows_of, planned
from poregrove.pipelines.planning.plan import make_plan
from poregrove.pipelines.planning.survey import survey
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.pipelines.training.request import Request
from poregrove.schema import BUILT_IN

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "power-law", "ridge"),
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "scalars", "morphology", "scalars+morphology"),
        folds=3,
        repeats=1,
        intervals=("ridge",),
        bootstrap=200,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
)


def request(data, out, **changes):
    return Request(data, out, SETTINGS, device="cpu", workers=1, command=("poregrove", "compare"), **changes)


@pytest.fixture(scope="module")
def plan(shared_clean_set, tmp_path_factory):
    out = tmp_path_factory.mktemp("plans") / "run"
    made = make_plan(request(shared_clean_set.folder, out))
    assert not out.exists()
    return made


@pytest.fixture(scope="module")
def part(shared_clean_set, tmp_path_factory):
    """The only part of a run, within a budget that all of it fits: its jobs are done, and nothing is scored."""
    return run(
        request(shared_clean_set.folder, tmp_path_factory.mktemp("runs") / "run", budget=36_000.0, shard=Shard(1, 1))
    )


def test_the_data_are_counted(plan):
    assert (plan.n_rows, plan.n_volumes, plan.n_designs, plan.shape) == (144, 12, 12, "16x16x16")


def test_every_fit_of_the_run_is_in_the_plan(plan, part):
    jobs = json.loads(part.read_text())["jobs"]
    done = {
        (job["target"], job["model"], job["features"], job["regime"], job["variant"]): job
        for job in jobs
        if job["status"] == "done"
    }
    works = {
        (work.job.target, work.job.model, work.job.features, work.job.regime, work.job.variant): work
        for work in plan.estimate.works
    }
    assert works.keys() >= done.keys()
    for key, job in done.items():
        assert sum(works[key].fits.values()) == job["n_fits"], key
        assert sum(rows * n for rows, n in works[key].fits.items()) == job["n_rows_fit"], key
        assert works[key].n_kept == job["n_rows_predict"], key


def test_projected_processor_time_is_that_of_the_run_within_a_factor(plan, part):
    jobs = json.loads(part.read_text())["jobs"]
    names = [f"cpu_seconds_{stage}" for stage in ("fit", "predict", "intervals")]
    took = sum(job[name] or 0.0 for job in jobs for name in names)
    assert took / 6 < plan.estimate.line("models").seconds.likely < 6 * took


def test_the_table_says_it_all(plan):
    told = str(plan)
    for words in (
        "144 rows, 12 volumes of 16x16x16 voxels, 12 designs",
        "ridge",
        "describing",
        "GiB",
        "nothing is written yet",
    ):
        assert words in told


def test_the_record_of_a_run_has_its_plan(part):
    asked = json.loads(part.read_text())["request"]
    assert asked["plan"]["budget_seconds"] == 36_000.0
    assert asked["plan"]["left_out"] == []
    assert asked["plan"]["settings"]["comparison"] == asked["settings"]["comparison"]
    assert json.loads((part.parent / "plan.json").read_text()) == asked["plan"]


def test_a_run_that_is_resumed_keeps_its_plan(part, shared_clean_set, tmp_path, monkeypatch):
    monkeypatch.setattr(apply, "make_plan", lambda _request: pytest.fail("planned again"))
    record = json.loads((part.parent / "plan.json").read_text())
    record["settings"]["comparison"]["repeats"] = 2  # as another timing would have it
    (tmp_path / "plan.json").write_text(json.dumps(record))
    again = planned(request(shared_clean_set.folder, tmp_path, budget=36_000.0))
    assert again.settings == replace(SETTINGS, comparison=replace(SETTINGS.comparison, repeats=2))
    assert again.plan == record


def test_another_budget_is_planned_anew(part, plan, shared_clean_set, tmp_path, monkeypatch):
    (tmp_path / "plan.json").write_text((part.parent / "plan.json").read_text())
    monkeypatch.setattr(apply, "make_plan", lambda _request: replace(plan, budget=60.0))
    assert planned(request(shared_clean_set.folder, tmp_path, budget=60.0)).plan["budget_seconds"] == 60.0


def test_a_record_that_cannot_be_read_is_named(shared_clean_set, tmp_path):
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(RunError, match=r"plan\.json: expected the record of a plan"):
        planned(request(shared_clean_set.folder, tmp_path, budget=60.0))


def test_parts_of_a_run_share_one_plan(plan, shared_clean_set, tmp_path, monkeypatch):
    made = []

    def once(_request):
        made.append(1)
        return replace(plan, budget=60.0)

    monkeypatch.setattr(apply, "make_plan", once)
    parts = [
        planned(request(shared_clean_set.folder, tmp_path / "run", budget=60.0, shard=Shard(number, 3)))
        for number in (1, 2, 3)
    ]
    assert made == [1]
    assert len({json.dumps(part.plan, sort_keys=True) for part in parts}) == 1
    assert not (tmp_path / "run").exists()


def test_small_data_are_not_timed_without_a_budget(shared_clean_set, tmp_path, monkeypatch):
    asked = request(shared_clean_set.folder, tmp_path / "run")
    assert n_rows_of(asked) == 144
    monkeypatch.setattr(apply, "make_plan", lambda _request: pytest.fail("planned"))
    assert planned(asked) is asked


def test_large_data_are_planned_and_said(plan, shared_clean_set, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(apply, "PLANNED_ROWS", 100)
    monkeypatch.setattr(apply, "make_plan", lambda _request: plan)
    asked = request(shared_clean_set.folder, tmp_path / "run")
    with caplog.at_level(logging.INFO, "poregrove"):
        known = planned(asked)
    assert (known.settings, known.costs) == (asked.settings, plan.costs)
    assert any("144 rows" in line for line in caplog.messages)
    assert any("processor time" in line for line in caplog.messages)


def test_a_run_does_without_a_plan_that_cannot_be_made(shared_clean_set, tmp_path, monkeypatch, caplog):
    def fails(_request):
        raise RunError("no volume can be read")

    monkeypatch.setattr(apply, "PLANNED_ROWS", 100)
    monkeypatch.setattr(apply, "make_plan", fails)
    asked = request(shared_clean_set.folder, tmp_path / "run")
    assert planned(asked) is asked
    assert "no plan could be made: no volume can be read" in caplog.text


def test_a_sample_of_rows_is_as_reading_all_has_them(shared_clean_set):
    seen = survey(shared_clean_set.folder, Settings(), BUILT_IN)
    whole = observe(open_dataset(shared_clean_set.folder), Settings().target).frame
    assert seen.n_rows == len(whole) == 144
    assert [seen.filenames[number] for number in seen.volume] == whole["filename"].to_list()
    by_number = {}
    assert all(
        by_number.setdefault(n, digest) == digest for n, digest in zip(seen.design, whole["design_digest"], strict=True)
    )
    assert len(by_number) == whole["design_digest"].nunique() == len(seen.designs)
    np.testing.assert_array_equal(
        seen.sample["projected_cycle_life"], whole["projected_cycle_life"].to_numpy()[seen.at]
    )


def test_a_sample_of_large_files_is_their_first_blocks_and_is_not_remembered_as_the_whole(
    shared_clean_set, monkeypatch, tmp_path
):
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path))
    monkeypatch.setattr("poregrove.pipelines.data.observation_cache.FEWEST_ROWS", 1)
    monkeypatch.setattr("poregrove.pipelines.data.dataset.BLOCK_ROWS", 10)
    monkeypatch.setattr("poregrove.pipelines.planning.survey.BLOCK_ROWS", 10)
    monkeypatch.setattr("poregrove.pipelines.planning.survey.SAMPLE_ROWS", 10)
    seen = survey(shared_clean_set.folder, Settings(), BUILT_IN)
    assert len(seen.sample) == len(seen.at) < seen.n_rows
    whole = observe(open_dataset(shared_clean_set.folder), Settings().target).frame
    assert len(whole) == seen.n_rows
    np.testing.assert_array_equal(
        seen.sample["projected_cycle_life"], whole["projected_cycle_life"].to_numpy()[seen.at]
    )


def test_the_command_prints_the_plan_and_writes_nothing(plan, shared_clean_set, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("poregrove.pipelines.planning.plan.make_plan", lambda _request: plan)
    words = ["compare", str(shared_clean_set.folder), "--out", str(tmp_path / "run"), "--quiet"]
    assert main([*words, "--plan"]) == 0
    assert capsys.readouterr().out == f"{plan}\n"
    assert main([*words, "--budget", "soon"]) == 2
    assert list(tmp_path.iterdir()) == []
