"""The design of a large set comes to the verdicts of the full one: a little of it here, the whole where it is slow."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    return SimpleNamespace(**runpy.run_path(str(HERE / "large_set.py")))


def test_a_small_crossing_has_the_winner_scores_and_widths_of_the_full_design(script, tmp_path):
    options = "--volumes 120 --designs 30 --descriptors 8 --models mean,ridge --regimes new-structure"
    said = script.both_designs(
        script.parser().parse_args([*options.split(), "--targets", "nominal_capacity", "--out", str(tmp_path)])
    )
    assert said["alike"], said
    assert said["work"]["off"]["jobs"] == {"done": 5}
    assert said["work"]["on"]["jobs"]["screened"] == 1
    assert said["scores"]["compared"] == 4
    assert said["work"]["on"]["rules"][:2] == ["comparison.repeats", "comparison.screening"]
    assert said["work"]["on"]["fits"] < said["work"]["off"]["fits"] / 3


@pytest.mark.slow
def test_the_same_of_three_targets_under_new_both(script, tmp_path):
    said = script.both_designs(script.parser().parse_args(["--out", str(tmp_path)]))
    assert said["alike"], said
    assert said["work"]["on"]["jobs"]["screened"] >= 3
    assert said["work"]["on"]["cpu_seconds_fit"] < said["work"]["off"]["cpu_seconds_fit"]
