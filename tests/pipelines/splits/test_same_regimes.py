"""Regimes that mean the same: held against the definition, which ids of a test row training can have seen."""

import numpy as np
import pytest

from poregrove.pipelines.splits.same_regimes import same_as

MAIN = ("random", "new-structure", "new-design", "new-both")


def _same(volume, design, regimes=MAIN):
    found = {name: same_as(name, np.array(volume), np.array(design), regimes) for name in MAIN}
    return {name: same[0] for name, same in found.items() if same is not None}


def test_a_crossed_set_has_four_regimes():
    volume, design = np.divmod(np.arange(12), 4)
    assert _same(volume, design) == {}


def test_with_one_design_of_its_own_a_volume_all_are_one():
    expected = {"random": "new-structure", "new-design": "new-structure", "new-both": "new-structure"}
    assert _same(range(6), range(6)) == expected


def test_designs_that_belong_to_one_volume_are_new_with_it():
    assert _same([0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 4, 5]) == {"random": "new-design", "new-both": "new-structure"}


def test_volumes_with_one_of_a_few_designs_are_new_with_it():
    assert _same(range(6), [0, 1, 2, 0, 1, 2]) == {"random": "new-structure", "new-both": "new-design"}


def test_one_design_for_all_leaves_the_regimes_to_say_why_they_are_undefined():
    assert _same([0, 0, 1, 1], [7, 7, 7, 7]) == {}
    assert _same([], []) == {}


def test_what_is_not_compared_stands_for_nothing():
    assert _same(range(6), range(6), ("random", "new-both")) == {}
    assert _same(range(6), range(6), ("new-design", "new-both")) == {"random": "new-design", "new-both": "new-design"}


@pytest.mark.parametrize("seed", range(20))
def test_random_sets_agree_with_the_definition(seed):
    """Held out alike: a fold that leaves out a volume (a design, both) leaves out the same ids of every test row."""
    rng = np.random.default_rng(seed)
    volume, design = rng.integers(0, 4, 7), rng.integers(0, 5, 7)
    if len(set(volume)) < 2 or len(set(design)) < 2:
        return
    same = _same(volume, design)
    new_volume_is_new_design = all(len(set(volume[design == one])) == 1 for one in design)
    new_design_is_new_volume = all(len(set(design[volume == one])) == 1 for one in volume)
    expected = "new-structure" if new_volume_is_new_design else "new-design" if new_design_is_new_volume else None
    assert same.get("new-both") == expected
    assert ("new-design" in same) == (new_volume_is_new_design and new_design_is_new_volume)
