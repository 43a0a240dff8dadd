"""The verdict follows from the score of choosing, not from the best candidate's own."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from poregrove.reports.summary import summarise
from poregrove.reports.tables import read_run
from poregrove.schema import CHOICES

TARGET, REGIME = "nominal_capacity", "new-both"


@pytest.fixture(scope="module")
def run(make_run):
    return read_run(make_run(volumes=12, designs=6, targets=(TARGET,), models=("mean", "ridge", "xgboost", "cnn")))


def with_choice(run, lo, hi):
    about = {"target": TARGET, "model": "ridge", "features": "scalars", "regime": REGIME, "scale": "raw"}
    numbers = {"value": (lo + hi) / 2, "lo": lo, "hi": hi, "value_chosen": 0.77, "share": 0.5, "n_candidates": 9}
    rows = [about | numbers | {"metric": metric} for metric in ("skill", "r2")]
    table = pd.DataFrame(rows)[list(CHOICES.names)]
    regimes = [item | {"n_repeats": 5 if item["name"] == REGIME else 1} for item in run.manifest["regimes"]]
    settings = {**run.manifest["settings"], "comparison": {"network_repeats": 1}}
    manifest = {**run.manifest, "regimes": regimes, "settings": settings}
    return dataclasses.replace(run, manifest=manifest, tables={**run.tables, "choices": table})


def test_an_interval_that_holds_zero_once_corrected_beats_nothing(run):
    summary = summarise(with_choice(run, -0.12, 0.42))
    (found,) = summary.verdict.targets
    assert (found.best.model.name, found.outcome, found.beats) == ("ridge", "undetermined", False)
    assert (found.skill.lo, found.skill.hi, found.own_skill, found.n_candidates) == (-0.12, 0.42, 0.77, 9)
    assert summary.answers.headline.startswith("Whether nominal capacity")
    assert not any("candidates is chosen on the rows" in caution for caution in summary.answers.cautions)


def test_what_an_interval_is_conditional_on_stands_beside_it(run):
    summary = summarise(with_choice(run, 0.2, 0.6))
    assert summary.verdict.targets[0].beats
    assert "R4 was dealt five times, its networks once" in summary.answers.intervals
    (board,) = [board for board in summary.leaderboard.boards if board.regime.name == REGIME]
    assert {row.note for row in board.rows if row.model.kind == "network"} == {"on 1 of 5 deals"}
    assert {row.note for row in board.rows if row.model.kind != "network"} == {""}


def test_a_run_of_version_0_1_keeps_its_candidate_and_says_that_it_flatters(run):
    summary = summarise(run)
    (found,) = summary.verdict.targets
    assert not found.corrected
    assert found.own_skill == found.skill.value
    assert summary.answers.intervals == ""
    assert any("is chosen on the rows" in caution for caution in summary.answers.cautions)
