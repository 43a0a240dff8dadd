"""Incomplete crossings: balanced, connected, without repetition."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poregrove.errors import SettingsError
from poregrove.pipelines.simulate.crossing import connected, crossing


@given(st.integers(1, 30), st.integers(1, 20), st.integers(1, 20), st.integers(0, 5))
def test_crossings_are_balanced(volumes, designs, rows, seed):
    rows = min(rows, designs)
    pairs = crossing(volumes, designs, rows, seed=seed)
    assert len(set(pairs)) == len(pairs) == volumes * rows
    assert set(Counter(volume for volume, _ in pairs).values()) == {rows}
    uses = [sum(design == d for _, design in pairs) for d in range(designs)]
    assert max(uses) - min(uses) <= 1


@pytest.mark.parametrize(("volumes", "designs", "rows"), [(61, 36, 8), (24, 13, 4), (60, 32, 8), (12, 8, 2), (4, 4, 4)])
def test_crossings_are_connected(volumes, designs, rows):
    assert connected(crossing(volumes, designs, rows, seed=0))


def test_two_blocks_are_not_connected():
    assert not connected(((0, 0), (0, 1), (1, 2), (1, 3)))
    assert connected(((0, 0), (0, 1), (1, 1), (1, 3)))


def test_the_seed_decides():
    assert crossing(10, 8, 3, seed=1) == crossing(10, 8, 3, seed=1)
    assert crossing(10, 8, 3, seed=1) != crossing(10, 8, 3, seed=2)


@pytest.mark.parametrize(("volumes", "designs", "rows"), [(0, 4, 2), (3, 4, 5), (3, 4, 0)])
def test_impossible_crossings_are_refused(volumes, designs, rows):
    with pytest.raises(SettingsError, match="rows a volume"):
        crossing(volumes, designs, rows, seed=0)


def test_a_crossing_in_parts_is_said_to_be_one(caplog):
    crossing(2, 8, 2, seed=0)
    assert "share nothing" in caplog.text
    caplog.clear()
    crossing(12, 8, 3, seed=0)
    assert not caplog.text
