"""What pieces of work are expected to take, and how they are cut by it."""

from collections import Counter
from dataclasses import replace

import pytest

from poregrove.models.registry import available
from poregrove.pipelines.tables.feature_sets import sources
from poregrove.pipelines.training import division
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.division import divide
from poregrove.pipelines.training.job import InstalledModels, plan_jobs
from poregrove.pipelines.training.job_costs import Part, expected_seconds

PART = Part(
    *("xgboost", "booster", "scalars+morphology+transport", "random", "as-is"),
    targets=("projected_cycle_life",),
    folds=((0, 0),),
    n_rows=1_000_000,
    n_columns=150,
    n_fits=1,
    rounds=1000,
)


def test_a_booster_takes_what_was_measured_a_row_and_round():
    """.035 s and 5.1e-7 s a row for each of some 200 rounds; and what choosing them takes, on few rows."""
    assert expected_seconds(PART) == pytest.approx(200 * (0.035 + 5.1e-7 * 1_000_000), rel=0.1)
    assert expected_seconds(replace(PART, rounds=20)) == pytest.approx(expected_seconds(PART) / 10)
    assert expected_seconds(replace(PART, n_fits=3)) == pytest.approx(3 * expected_seconds(PART))
    assert expected_seconds(replace(PART, n_columns=15)) < expected_seconds(PART) / 2


def test_every_model_costs_something_and_more_rows_cost_more():
    for info in available():
        few, many = (replace(PART, model=info.name, kind=info.kind, n_rows=n) for n in (1000, 10_000))
        assert 0 < expected_seconds(few) < expected_seconds(many)
    network = replace(PART, model="cnn", kind="network")
    assert expected_seconds(network) == expected_seconds(replace(network, n_rows=10**9)), "it is bounded by the clock"


def test_targets_learned_at_once_cost_less_than_one_by_one():
    three = replace(PART, targets=("a", "b", "c"))
    assert expected_seconds(PART) < expected_seconds(three) < expected_seconds(replace(three, n_fits=3))


@pytest.fixture(scope="module")
def planned(make, runner_in, models, tmp_path_factory):
    """Cuts the jobs of four models anew."""
    runner = runner_in(tmp_path_factory.mktemp("planned"))
    runner.run(make(12, 12), models["mean"], regimes=("new-both",), targets=("porosity",))
    names = ("mean", "ridge", "xgboost", "xgboost-multi-output")
    settings = runner.settings(models=names, regimes=("random", "new-both"), feature_sets=("none", "scalars"))
    context = RunContext(runner.folder, settings, InstalledModels(), tiers={"porosity": "morphology"})
    jobs = plan_jobs(settings, context.catalog.available())
    return jobs, lambda: divide(context, jobs, sources(settings, context.tier_of, metres=False))


@pytest.mark.parametrize(("short", "long"), [(0.0, 1e-9), (2.0, 1.0), (2.0, 1e9), (1e9, 1e9)])
def test_pieces_have_every_fold_of_every_job_once(planned, monkeypatch, short, long):
    monkeypatch.setattr(division, "SHORT", short)
    monkeypatch.setattr(division, "LONG", long)
    jobs, cut = planned
    pieces = cut()
    seconds = [expected_seconds(piece.part) for piece in pieces]
    assert seconds == sorted(seconds, reverse=True)
    apart = [piece for piece in pieces if piece.parts]
    done = Counter((job, fold) for piece in apart for job in piece.jobs for fold in piece.part.folds)
    assert set(done.values()) <= {1}
    assert done.keys() == {(job, fold) for piece in apart for job in piece.jobs for fold in piece.all_folds}
    together = [job for piece in pieces if not piece.parts for job in piece.jobs]
    assert Counter(together) + Counter({job for job, _ in done}) == Counter(jobs)
    assert all(expected_seconds(piece.part) < 2 * short for piece in pieces if not piece.parts and piece.part.folds)
    assert all(expected_seconds(piece.part) >= min(short, 1.0) for piece in apart)
    assert len({(piece.parts, piece.part.targets) for piece in apart}) == len({piece.parts for piece in apart})
    assert bool(apart) == (short < 1e9)
