"""The verdict against repeated sampling: coverage, the winner's curse, and what a permuted image is said to add."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from poregrove.pipelines.scoring.image_probe import check_image

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def simulation():
    """The public names of a script beside this file."""
    found = {}

    def names(script):
        if script not in found:
            found[script] = runpy.run_path(str(HERE / f"{script}.py"))
        return found[script]

    return names


def test_intervals_cover_the_skill_on_new_groups(simulation):
    run = simulation("coverage")
    single, several = run["coverage"](run["POPULATIONS"][0], 24, 13, "new-both", sets=40)
    assert min(single.held, several.held) >= 0.85
    assert several.held_unwidened < several.held


@pytest.mark.slow
@pytest.mark.parametrize("size", [(24, 13), (60, 36)])
@pytest.mark.parametrize("number", [0, 1])
def test_intervals_cover_in_the_long_run(simulation, size, number):
    run = simulation("coverage")
    for regime in run["REGIMES"]:
        for found in run["coverage"](run["POPULATIONS"][number], *size, regime, sets=200):
            assert found.held >= 0.9, (regime, found)


def test_choosing_among_equals_is_not_flattered_much(simulation):
    found = simulation("choice")["curse"](20)
    assert found.best - found.candidate > 0.08
    assert found.choosing - found.candidate < 0.6 * (found.best - found.candidate)
    assert found.beats <= 0.1


@pytest.mark.slow
def test_choosing_among_equals_hardly_ever_beats_the_baseline(simulation):
    found = simulation("choice")["curse"](200)
    assert found.choosing - found.candidate < 0.5 * (found.best - found.candidate)
    assert found.beats <= 0.05


def test_permuted_images_add_nothing_and_real_ones_are_found():
    """On the machinery of comparisons; ``image.py`` has more models in memory."""
    for found in check_image(draws=6):
        assert found.added <= 1 if found.permuted else found.added >= 5, found


def test_a_model_that_noise_smooths_is_not_said_to_see_the_image(simulation):
    assert "adds" not in simulation("image")["verdicts"](2, "new-both", permuted=True)


@pytest.mark.slow
@pytest.mark.parametrize("regime", ["new-both", "new-structure"])
def test_images_add_what_they_add_in_the_long_run(simulation, regime):
    share = simulation("image")["share"]
    assert share(20, regime, permuted=False) >= 17
    assert share(100, regime, permuted=True) <= 10
