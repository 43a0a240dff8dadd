"""Several calls at a time: the same numbers, nothing computed twice, needs first, errors out."""

import threading
import time
from types import MappingProxyType

import numpy as np
import pytest

from poregrove.errors import SettingsError
from poregrove.features import Column, Workspace, describe, descriptor
from poregrove.features.backends import get_backend
from poregrove.features.registry import Call
from poregrove.features.schedule import run

NOTHING = np.zeros((2, 2, 2), bool)


def workspace():
    return Workspace(NOTHING, get_backend("cpu"))


def call(name, compute, needs=()):
    declared = descriptor(columns={name: Column("-", "a number")}, tier="morphology", version=1, needs=needs)(compute)
    return Call(declared, declared.parts[0])


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_no_number(random_volume, threads):
    one = describe(random_volume, device="cpu")
    several = describe(random_volume, device="cpu", threads=threads)
    assert list(several) == list(one)
    assert [name for name in one if not np.array_equal(one[name], several[name], equal_nan=True)] == []


def test_threads_share_what_is_computed_once(random_volume, monkeypatch):
    backend = type(get_backend("cpu"))
    calls = []
    primitives = ("components", "squared_distance", "configurations", "run_lengths", "profiles", "solve_diffusion")
    for primitive in primitives:
        original = getattr(backend, primitive)

        def counted(self, batch, *args, _original=original, _name=primitive, **options):
            calls.append((_name, *(volume.tobytes() for volume in batch), args))
            return _original(self, batch, *args, **options)

        monkeypatch.setattr(backend, primitive, counted)
    names = ("conducting_porosity_z", "relative_diffusivity_y", "specific_surface", "wall_distance_mean")
    more = ("fractal_dimension", "chord_length_mean_z", "lineal_path_r2_z", "percolating_porosity_x")
    for threads in (1, 4):
        calls.clear()
        describe(random_volume, columns=(*names, *more, "porosity_profile_std_z"), device="cpu", threads=threads)
        assert {name for name, _, _ in calls} == set(primitives)
        assert len(calls) == len(set(calls))


def test_two_calls_are_under_way_at_the_same_time():
    both = threading.Barrier(2, timeout=20)
    work = workspace()
    run([call(name, lambda _, name=name: {name: float(both.wait() >= 0)}) for name in ("one", "two")], work, 2)
    assert work.columns == {"one": 1.0, "two": 1.0}


def test_one_thread_makes_one_call_after_the_other():
    seen = []
    run([call(name, lambda _, name=name: {name: len(seen) + (seen.append(name) or 0)}) for name in "abc"], workspace())
    assert seen == ["a", "b", "c"]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_a_call_needs_is_there(threads):
    work = workspace()
    first = call("first", lambda _: {"first": 20.0})
    second = call("second", lambda work: {"second": work.columns["first"] + 1.0}, ("first",))
    third = call("third", lambda work: {"third": work.columns["second"] * 2.0}, ("second", "first"))
    run([first, second, third], work, threads)
    assert work.columns == MappingProxyType({"first": 20.0, "second": 21.0, "third": 42.0})


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_error_is_raised_and_what_waits_is_not_begun(threads):
    begun = []
    broken = call("broken", lambda _: {"broken": 1.0 / len(begun)})
    rest = [
        call(f"c{i}", lambda work, i=i: begun.append(i) or {f"c{i}": work.columns["broken"]}, ("broken",))
        for i in range(3)
    ]
    with pytest.raises(ZeroDivisionError):
        run([broken, *rest], workspace(), threads)
    assert begun == []


def test_a_shared_value_is_built_by_the_first_who_asks():
    work, built = workspace(), []
    meet = threading.Barrier(4, timeout=20)

    def ask():
        meet.wait()
        # long enough for the others to ask meanwhile
        work.share("key", lambda: built.append(time.sleep(0.05)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_fewer_threads_than_one_are_refused():
    with pytest.raises(SettingsError, match="at least one thread, got 0"):
        describe(NOTHING, columns=["porosity"], device="cpu", threads=0)
