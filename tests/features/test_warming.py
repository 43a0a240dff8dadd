"""Kernels are compiled by two processes where several will use them and none is compiled yet."""

from contextlib import contextmanager

import pytest

from poregrove.features import warm_up, warming

COLUMNS = ("porosity", "relative_conductivity_solid_z", "percolating_porosity_z")


@pytest.fixture
def done(monkeypatch):
    """What is computed where, instead of computing it; the second process is this one."""
    where, done = ["here"], []

    class Now:
        def submit(self, function, *arguments):
            where.append("beside")
            function(*arguments)
            where.pop()
            return self

        def result(self):
            done.append(("waited", ()))

    @contextmanager
    def pool(workers):
        assert workers == 1
        yield Now()

    def computed(masks, edges, columns, *, device):
        assert len(masks) == len(edges) == 2
        assert device == "cpu"
        done.append((where[-1], tuple(column.name for column in columns)))

    monkeypatch.setattr(warming, "process_pool", pool)
    monkeypatch.setattr(warming, "compute", computed)
    monkeypatch.setattr(warming, "cores", lambda: 2)
    monkeypatch.setattr(warming, "_is_first_run", lambda: True)
    return done


def test_the_second_process_takes_the_solvers_and_the_first_loads_all_in_the_end(done):
    warm_up(columns=COLUMNS, device="cpu", processes=2)
    assert done == [
        ("beside", ("relative_conductivity_solid_z",)),
        ("here", ("porosity", "percolating_porosity_z")),
        ("waited", ()),
        ("here", COLUMNS),
    ]


@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS[:1], COLUMNS[1:2]])
def test_one_process_does_it_where_only_one_will_work_or_nothing_can_be_parted(done, columns):
    warm_up(columns=columns, device="cpu", processes=1 if columns is COLUMNS else 2)
    assert done == [("here", columns)]


def test_one_process_does_it_where_kernels_lie_already(done, monkeypatch):
    monkeypatch.setattr(warming, "_is_first_run", lambda: False)
    warm_up(columns=COLUMNS, device="cpu", processes=2)
    assert done == [("here", COLUMNS)]
