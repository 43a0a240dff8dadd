"""Every ``.cu`` file compiles alone, for both generations of data-centre GPUs, with no word of complaint."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "features" / "backends" / "cuda"
SOURCES = sorted(FOLDER.rglob("*.cu"))
TARGETS = ("80", "90")


def test_there_are_sources():
    assert SOURCES


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_nvcc_compiles_it(source, tmp_path):
    if shutil.which("nvcc") is None:
        pytest.skip("no nvcc")
    code = [f"-gencode=arch=compute_{target},code=compute_{target}" for target in TARGETS]
    # PTX for each target in one run, which is what nvcc -ptx -arch=sm_80 and -arch=sm_90 write
    command = ["nvcc", "-fatbin", "-std=c++14", "-Werror=all-warnings", *code, str(source)]
    done = subprocess.run([*command, "-o", str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_it_needs_nothing_else(source):
    text = source.read_text(encoding="utf-8")
    assert "#include" not in text
    assert "__syncthreads" not in text
    assert 'extern "C" __global__' in text
    modules = "".join(path.read_text(encoding="utf-8") for path in source.parent.glob("*.py"))
    assert source.with_suffix(".py").exists() or f'"{source.name}"' in modules, "a module beside a source launches it"
