"""Leak probes: they fire where ids were seen and stay silent where they were not."""

from __future__ import annotations

import pytest

from poregrove.pipelines.splits import splits
from poregrove.pipelines.training.leak_probes import ProbeResult, self_check

SMALL = {"draws": 3, "n_volumes": 40, "n_designs": 24}


@pytest.mark.parametrize("rows_per_volume", [None, 8])
def test_no_regime_leaks(rows_per_volume):
    results = self_check(**SMALL, rows_per_volume=rows_per_volume)
    assert len(results) == 16
    assert [item for item in results if not item.passed] == []
    assert sum(item.seen for item in results) == 8


def test_the_probes_find_a_leak(monkeypatch):
    monkeypatch.setitem(splits.HELD_OUT, "new-structure", ("row",))
    failed = [item for item in self_check(**SMALL) if not item.passed]
    assert {(item.probe, item.regime) for item in failed} == {
        ("one draw a volume", "new-structure"),
        ("relabelled volume ids", "new-structure"),
    }


def test_a_result_passes_by_its_rule():
    assert ProbeResult("p", "random", seen=True, scores=(0.95, 0.99)).passed
    assert not ProbeResult("p", "random", seen=True, scores=(0.95, 0.8)).passed
    assert ProbeResult("p", "new-both", seen=False, scores=(-0.1, -0.2, 0.1)).passed
    assert not ProbeResult("p", "new-both", seen=False, scores=(0.1, 0.1, -0.1)).passed
    assert not ProbeResult("p", "new-both", seen=False, scores=(-0.1,) * 8 + (0.3,) * 2).passed


@pytest.mark.slow
@pytest.mark.parametrize("rows_per_volume", [None, 10])
def test_no_regime_leaks_in_twenty_draws(rows_per_volume):
    assert all(item.passed for item in self_check(draws=20, rows_per_volume=rows_per_volume))
