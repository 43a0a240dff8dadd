"""Every ``.cu`` file compiles alone, by the compiler that CuPy calls and by nvcc, and what comes out is lean."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "features" / "backends" / "cuda"
SOURCES = sorted(FOLDER.rglob("*.cu"))
TARGETS = ("80", "90", "100")
"""A100, H100 and H200, B200."""
NVCC_TARGETS = ("80", "90")
DOUBLE = {
    "conjugate": "sums of a volume",
    "direct": "a share of p . q, and beta",
    "advance": "alpha, read once a thread",
    "advance_cells": "alpha, read once a thread",
    "direct_cells": "a share of p . q, and beta",
    "dot": "a share of r . z",
    "measure_cells": "energy and fluxes",
    "eliminate": "the inverse of the last level's matrix",
    "fold": "sums of a volume",
    "matrix": "the matrix of the last level",
    "measure": "energy and fluxes",
    "relax_red": "a share of r . z",
    "step_length": "sums of a volume",
}
"""Kernels that use float64, and what for; every other computes in float32 or whole numbers."""
CONVERTED_ONCE = {"advance", "advance_cells"}
"""Of these the ones that read a float64 and do no arithmetic with it."""
ARITHMETIC = re.compile(r"\b(?:add|sub|mul|div|fma|sqrt|rcp|neg|min|max|setp)[a-z.]*\.f64\b")
MANY_REGISTERS = {"eliminate": 96}
"""Kernels of a few blocks, for which it does not matter how many there are at a time."""
REGISTERS = 64
"""With no more, a multiprocessor holds four blocks of 256 threads at a time, half of what it can."""
nvrtc = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("nvrtc.py"))))
by_name = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def compiler():
    path = nvrtc.library()
    if path is None:
        pytest.skip(f"none of {', '.join(nvrtc.WHEELS)} is installed (the extra gpu-check has one)")
    return nvrtc.Nvrtc(path)


def test_there_are_sources():
    assert SOURCES


@by_name
@pytest.mark.parametrize("target", TARGETS)
def test_the_compiler_of_cupy_takes_it_and_nothing_spills(compiler, source, target):
    """Machine code with CuPy's own options: no kernel needs local memory, which lies beside the volumes and is as slow."""
    found = compiler.resources(source, target)
    assert set(found) == set(kernels_in(source))
    assert {name: (one.stack, one.spilled) for name, one in found.items()} == dict.fromkeys(found, (0, 0))
    assert [name for name, one in found.items() if one.registers > MANY_REGISTERS.get(name, REGISTERS)] == []


@by_name
def test_float64_is_where_it_is_meant(compiler, source):
    ptx, said = compiler.ptx(source, "90")
    assert said == ""
    for name, body in entries(ptx):
        used, computed = ".f64" in body, ARITHMETIC.search(body) is not None
        assert used == (name in DOUBLE), name
        assert computed == (name in DOUBLE and name not in CONVERTED_ONCE), name


@by_name
def test_float32_is_rounded_as_on_the_cpu(compiler, source):
    """Quotients and roots are correctly rounded, and no array lies in local memory."""
    ptx, _ = compiler.ptx(source, "90")
    for name, body in entries(ptx):
        assert not re.search(r"\b(?:div|sqrt|rcp|rsqrt)\.(?:approx|full)[a-z.]*\.f32", body), name
        assert ".local" not in body, name


def test_what_makes_a_kernel_slow_is_noticed(compiler, tmp_path):
    """An array that is indexed by what is not known, a float64 constant: the compiler says nothing of either."""
    (tmp_path / "slow.cu").write_text(
        'extern "C" __global__ void slow(int axis, float *x) {\n'
        "    float all[40];\n    for (int i = 0; i < 40; i++) all[i] = x[i * axis];\n"
        "    for (int i = 0; i < axis; i++) all[(int)x[i] % 40] *= 0.3;\n"
        "    for (int i = 0; i < 40; i++) x[i] = all[i];\n}\n"
    )
    ptx, said = compiler.ptx(tmp_path / "slow.cu", "90")
    ((name, body),) = entries(ptx)
    assert (said, name) == ("", "slow")
    assert ARITHMETIC.search(body)
    assert ".local" in body
    assert compiler.resources(tmp_path / "slow.cu", "90")["slow"].stack > 0


def test_a_file_that_does_not_compile_is_quoted(compiler, tmp_path):
    (tmp_path / "wrong.cu").write_text('extern "C" __global__ void wrong(int *x) { x = y; }\n')
    with pytest.raises(AssertionError, match=r'wrong\.cu does not compile for -arch=sm_80[\s\S]*"y" is undefined'):
        compiler.resources(tmp_path / "wrong.cu", "80")


def kernels_in(source):
    return re.findall(r"__global__\s+void\s+(\w+)", source.read_text(encoding="utf-8"))


def entries(ptx):
    """(name, body) of each kernel."""
    parts = re.split(r"\.entry (\w+)", ptx)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@by_name
def test_nvcc_compiles_it(source, tmp_path):
    if shutil.which("nvcc") is None:
        pytest.skip("no nvcc")
    code = [f"-gencode=arch=compute_{target},code=compute_{target}" for target in NVCC_TARGETS]
    # PTX for each target in one run, which is what nvcc -ptx -arch=sm_80 and -arch=sm_90 write
    command = ["nvcc", "-fatbin", "-std=c++14", "-Werror=all-warnings", *code, str(source)]
    done = subprocess.run([*command, "-o", str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@by_name
def test_it_needs_nothing_else(source):
    text = source.read_text(encoding="utf-8")
    assert "#include" not in text
    assert "__syncthreads" not in text
    assert 'extern "C" __global__' in text
    modules = "".join(path.read_text(encoding="utf-8") for path in source.parent.glob("*.py"))
    assert source.with_suffix(".py").exists() or f'"{source.name}"' in modules, "a module beside a source launches it"
