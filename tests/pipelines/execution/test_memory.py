"""As many workers as fit."""

import pytest

from poregrove.pipelines.execution import memory
from poregrove.pipelines.execution.job_memory import limit_workers, parent_bytes, shared_bytes, worker_bytes

GIB = memory.GIB


@pytest.mark.parametrize(
    ("workers", "each", "first", "budget", "expected"),
    [
        (8, 1 * GIB, 0, 4, 4),
        (8, 1 * GIB, 0.5 * GIB, 4, 3),
        (2, 1 * GIB, 0, 4, 2),
        (8, 9 * GIB, 0, 4, 1),
        (8, 1 * GIB, 5 * GIB, 4, 1),
    ],
)
def test_no_more_workers_than_a_budget_holds_but_one(workers, each, first, budget, expected):
    assert memory.workers_within(workers, each, first=first, budget_gib=budget) == expected


def test_without_a_budget_half_of_the_machine_is_taken(monkeypatch):
    monkeypatch.setattr(memory, "total_bytes", lambda: 8 * GIB)
    assert memory.workers_within(16, 1 * GIB) == 4
    monkeypatch.setattr(memory, "total_bytes", lambda: None)
    assert memory.workers_within(16, 1 * GIB) == 16


def test_the_limit_of_a_container_counts_where_it_is_lower(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    limit.write_text(f"{2 * GIB}\n")
    monkeypatch.setattr(memory, "_CONTAINER_LIMIT", limit)
    monkeypatch.setattr(memory, "physical_memory", lambda: 64 * GIB)
    assert memory.total_bytes() == 2 * GIB
    limit.write_text("max\n")
    assert memory.total_bytes() == 64 * GIB


def test_workers_on_other_machines_are_not_counted():
    class Elsewhere:
        """Not of this machine."""

    engine = Elsewhere()
    assert limit_workers(engine, 10, n_rows=10**9, n_columns=150, budget_gib=1) is engine
    assert limit_workers(8, 10, n_rows=10**9, n_columns=150, budget_gib=1) == 1
    assert limit_workers(8, 10, n_rows=100, n_columns=150, budget_gib=100) == 8


def test_at_the_users_size_a_worker_needs_less_than_the_joined_table_in_doubles():
    assert 1.5e6 * 150 * 4 < worker_bytes(1_500_000, 150) < 2 * GIB


def test_mapped_tables_count_once_however_many_workers_map_them():
    rows, columns = 1_500_000, 150
    once = parent_bytes(rows) + shared_bytes(rows)
    for workers in (1, 2, 8):
        exact = (once + workers * worker_bytes(rows, columns)) / GIB
        assert limit_workers(9, 9, n_rows=rows, n_columns=columns, budget_gib=exact + 0.001) == workers
    assert shared_bytes(rows) > 1.5e6 * (5 * 4 + 8 + 8 * 8), "positions, groups, the last cycle and eight targets"
