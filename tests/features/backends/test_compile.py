"""Kernels compile at first call and are cached where they may be."""

import os
import subprocess
import sys

import pytest

from poregrove.features.backends.cpu.compile import Kernel, kernel

RUN = """
import logging, sys
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
import numpy
from poregrove.features.backends.cpu.levels import count_levels
from poregrove.features import describe
describe(numpy.arange(27).reshape(3, 3, 3) % 2 == 0, columns=["wall_distance_mean"], device="cpu")
print("hits", sum(count_levels.compiled().stats.cache_hits.values()))
"""


def run(**environment):
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"} | environment
    return subprocess.run(
        [sys.executable, "-c", RUN], capture_output=True, text=True, check=True, env=environment
    ).stdout


def test_the_first_run_says_that_it_compiles_and_the_second_loads(tmp_path):
    first, second = run(POREGROVE_CACHE=str(tmp_path)), run(POREGROVE_CACHE=str(tmp_path))
    assert "first run: compiling kernels" in first
    assert "hits 0" in first
    assert "first run" not in second
    assert "hits 1" in second
    assert any((tmp_path / "kernels").rglob("*.nbc"))


def test_where_nothing_can_be_written_kernels_compile_and_say_so(tmp_path):
    (tmp_path / "file").touch()
    said = run(POREGROVE_CACHE=str(tmp_path / "file"))
    assert "compiled anew in every process" in said
    assert "hits 0" in said


def test_marking_a_kernel_compiles_nothing():
    marked = kernel(lambda x: x)
    assert isinstance(marked, Kernel)
    assert not marked.is_compiled


CALLER = """
from poregrove.features.backends.cpu.compile import kernel
from called import doubled

@kernel
def caller(x):
    return doubled(x) + 1
"""
CALLED = """
from poregrove.features.backends.cpu.compile import kernel

@kernel
def doubled(x):
    return {factor} * x
"""


def test_a_kernel_sees_a_change_in_another_file_that_it_calls(tmp_path):
    """Numba alone would load the old machine code: the caller's own file is as it was."""
    (tmp_path / "caller.py").write_text(CALLER)
    environment = os.environ | {"POREGROVE_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("NUMBA_CACHE_DIR", None)
    said = []
    for factor in (2, 5, 5):
        (tmp_path / "called.py").write_text(CALLED.format(factor=factor))
        run = "from caller import caller; print(caller(10), sum(caller.compiled().stats.cache_hits.values()))"
        done = subprocess.run(
            [sys.executable, "-c", run], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        said.append(done.stdout.split())
    assert said == [["21", "0"], ["51", "0"], ["51", "1"]]


WARM = """
import sys, numpy
from poregrove.features import describe, warm_up
from poregrove.features.backends.cpu import compile
columns = sys.argv[1].split(",") if sys.argv[1] else None
warm_up(columns=columns, device="cpu")
before = sum(1 for _ in compile.cache_folder().rglob("*.nbc"))
random = numpy.random.default_rng(0)
for share in (0.3, 0.4, 0.6, 0.9):
    describe(random.random((24, 24, 24)) < share, columns=columns, device="cpu")
print(before, sum(1 for _ in compile.cache_folder().rglob("*.nbc")))
"""


def compiled_by_warming_up_and_after(folder, columns):
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["POREGROVE_CACHE"] = str(folder)
    command = [sys.executable, "-c", WARM, columns]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return tuple(map(int, said.split()))


def test_warming_up_for_some_columns_leaves_nothing_of_theirs_to_compile(tmp_path):
    before, after = compiled_by_warming_up_and_after(tmp_path, "chord_length_mean_z,two_point_correlation_r4")
    assert before == after == 3


@pytest.mark.slow
def test_warming_up_leaves_nothing_to_compile(tmp_path):
    before, after = compiled_by_warming_up_and_after(tmp_path, "")
    assert before == after > 20


ONCE = """
import sys, numpy
from numba.core import event
from poregrove.features import describe
found = []
class Listener(event.Listener):
    def on_start(self, started):
        function = started.data["dispatcher"].py_func
        if function.__module__.startswith("poregrove"):
            found.append(function.__module__ + "." + function.__qualname__)
    def on_end(self, ended):
        pass
event.register("numba:compile", Listener())
describe(numpy.random.default_rng(0).random((12, 12, 12)) < 0.6, columns=sys.argv[1:], device="cpu")
print(*found)
"""


def compiled_for(folder, *columns):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", ONCE, *columns], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split()


def test_a_family_compiles_each_of_its_kernels_once_and_no_other(tmp_path):
    found = compiled_for(tmp_path, "geodesic_tortuosity")
    assert len(found) == len(set(found))
    assert {name.split(".")[4] for name in found} == {"components", "geodesic"}
    assert compiled_for(tmp_path, "geodesic_tortuosity") == []


@pytest.mark.slow
def test_diffusion_compiles_each_of_its_kernels_once_along_all_axes(tmp_path):
    found = compiled_for(tmp_path, "diffusion")
    assert [name for name in set(found) if found.count(name) > 1] == []


def test_compiling_leaves_garbage_collection_as_it_was():
    import gc

    marked = kernel(lambda x: x)
    assert gc.isenabled()
    assert marked(3) == 3
    assert gc.isenabled()
