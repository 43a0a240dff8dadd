"""The wheel and the source archive: what they hold, and that what the README promises works from them alone."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from page_runner import run_page

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder with the source archive, and the wheel that was built of it."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout to take the listed files of")
    place = tmp_path_factory.mktemp("build")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / "source" / name)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place / "dist"), str(place / "source")]
    subprocess.run(build, check=True, capture_output=True)
    return place / "dist"


@pytest.fixture(scope="module")
def wheel(built):
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(wheel, folder, "zip")
    return folder


def test_the_source_archive_holds_what_a_wheel_is_built_of(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("pyproject.toml", "README.md", "LICENSE", "py.typed", "features/backends/cuda/diffusion/advance.cu"):
        assert name in names, name
    assert any(name.startswith("pipelines/simulate/sample/data/images/") for name in names)


def test_the_wheel_is_small_and_holds_the_sample_and_no_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert wheel.stat().st_size < 5_000_000
    assert sum(name.endswith(".tif") for name in names) == 64
    assert not [name for name in names if name.startswith(("tests/", "docs/", "poregrove/tests", "poregrove/docs"))]


def test_an_unpacked_wheel_can_be_imported_and_describes_the_sample(unpacked, tmp_path):
    code = (
        "import poregrove, sys\n"
        "from poregrove.features import describe\n"
        "from poregrove.pipelines.simulate.sample import sample_folder\n"
        "print(poregrove.__file__)\n"
        "print(describe(sample_folder() / 'images' / 'sample_00003.tif', columns='porosity', device='cpu'))"
    )
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "POREGROVE_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(unpacked))
    assert "'porosity': 0.6413" in done.stdout


def test_the_base_install_brings_no_cuda_and_the_extra_does(unpacked):
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    required = [
        line.split(": ", 1)[1] for line in metadata.read_text().splitlines() if line.startswith("Requires-Dist")
    ]
    assert [item for item in required if item.startswith("xgboost") and "extra" not in item] == [
        'xgboost-cpu>=3.0; sys_platform != "darwin"', 'xgboost>=3.0; sys_platform == "darwin"',
    ]  # fmt: skip
    assert {item.split("; ")[1] for item in required if item.startswith("xgboost>=3.0; extra")} == {
        'extra == "gpu"', 'extra == "gpu13"',
    }  # fmt: skip


@pytest.mark.slow
def test_the_quick_start_in_a_new_environment(wheel, tmp_path):
    """The wheel, the index and the page alone: nothing of this environment, no extra."""
    place = tmp_path / "environment"
    venv.EnvBuilder(with_pip=True).create(place)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"POREGROVE_CACHE": str(tmp_path / "cache"), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("NUMBA_CACHE_DIR", None)
    constraint = ["--constraint", str(ROOT / "constraints.txt")]
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", *constraint, str(wheel)]
    subprocess.run(install, check=True, env=environment, cwd=tmp_path)
    subprocess.run([str(programs / "python"), "-m", "pip", "check"], check=True, env=environment, cwd=tmp_path)
    program = (str(programs / "python"), [str(programs / "poregrove")])
    run_page("quickstart.md", tmp_path, program, environment=environment)
    subprocess.run([str(programs / "poregrove"), "demo", "--quiet"], check=True, env=environment, cwd=tmp_path)
    assert (tmp_path / "runs" / "demo" / "report.html").stat().st_size > 100_000
