"""The script that runs all this on a device: what it asks for, what it survives, and how it sums up. No device needed."""

import json
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).with_name("run.py")
ROOT = SCRIPT.parents[2]
run, traffic = (SimpleNamespace(**runpy.run_path(str(path))) for path in (SCRIPT, SCRIPT.with_name("traffic.py")))
THERE = ("numpy", "scipy", "numba", "pandas", "pyarrow", "skimage", "tifffile", "pytest", "torch", "cupy", "cupyx")
"""Packages of the machine with the device; libraries may import what they like."""
BLOCKER = f'''
"""Lets the project and its tests import nothing that the machine with the device does not have."""
import builtins, importlib.util, sys

ALLOWED = {{*{THERE!r}, *sys.stdlib_module_names, "poregrove", "_pytest"}}
OWN = {{path.split("/")[-1].removesuffix(".py") for path in {{own}}}}
real, find = builtins.__import__, importlib.util.find_spec

def blocked(name, importer):
    top = name.partition(".")[0]
    return importer.startswith({str(ROOT)!r}) and "/.venv/" not in importer and top not in ALLOWED | OWN

def checked(name, globals=None, locals=None, fromlist=(), level=0):
    if not level and blocked(name, (globals or {{}}).get("__file__") or ""):
        raise ModuleNotFoundError(f"No module named {{name!r}} (blocked)", name=name)
    return real(name, globals, locals, fromlist, level)

def found(name, package=None):
    return None if blocked(name, sys._getframe(1).f_code.co_filename) else find(name, package)

builtins.__import__, importlib.util.find_spec = checked, found
'''
MEASURED = {
    "device": "Device 0, 80 GiB free",
    "goals": [
        {"goal": "tortuosity alone", "value": 700.0, "limit": 600.0, "sense": ">=", "met": True},
        {"goal": "both tiers", "value": 20.0, "limit": 25.0, "sense": ">=", "met": False},
    ],
    "solver": [
        {"batch": 1, "bytes_per_second": 1e12, "share_of_copy": 0.25, "volumes_per_second": 100.0},
        {"batch": 8, "bytes_per_second": 2e12, "share_of_copy": 0.5, "volumes_per_second": 800.0},
    ],
    "peer": [{"batch": 8, "volumes_per_second": 40.0}],
}
FOUND = {
    "compile": {
        "device": "Device 0, 80 GiB free",
        "kernels": 39,
        "seconds": 4.2,
        "versions": {"cupy": "14.2.0", "torch": None},
    },
    "tests": {"passed": 34, "failed": 1, "skipped": 3, "failing": ["test_rows[noise]"]},
    "bench": MEASURED,
    "network": {
        "device": "Device 0",
        "size": 128,
        "batch": 8,
        "training_volumes_per_second": 250.0,
        "prediction_volumes_per_second": 900.0,
        "peak_bytes": 3 * 2**30,
        "projected": {
            "volumes": 15000,
            "seconds_a_pass": 60.0,
            "hours_all_passes_and_members": 4.0,
            "host_bytes": 2**32,
        },
    },
    "memcheck": {"launched": ["a", "b"], "missed": ["c"]},
}


@pytest.fixture
def blocked(tmp_path):
    """The environment of a machine that has nothing but ``THERE``."""
    own = [str(path) for path in (*SCRIPT.parent.glob("*.py"), *(ROOT / "tests").glob("*/*.py"))]
    (tmp_path / "sitecustomize.py").write_text(BLOCKER.replace("{own}", repr(own)))
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))}


def test_what_is_missing_is_named_with_what_it_is_for(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in {"cupy", "numba"} else object())
    assert run.lacking(emulate=False).startswith("missing: cupy (the device), numba (the CPU back end")
    assert "cupy" not in run.lacking(emulate=True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    assert run.lacking(emulate=False) is None
    assert set(run.NEEDS) <= set(THERE)


def test_without_cupy_it_ends_with_2_and_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['cupy'] = None\n")
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "missing: cupy (the device)" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_summary_has_a_line_for_each_thing_that_was_asked():
    lines = [line.split("  ") for line in run.summary(FOUND, 312.4, emulate=False).splitlines()]
    assert {line[0]: line[-1].strip() for line in lines} == {
        "device": "Device 0, 80 GiB free",
        "versions": "cupy 14.2.0",
        "compile": "39 kernels in 4 s",
        "tests": "34 passed, 1 failed, 3 skipped",
        "": "test_rows[noise]",
        "met": "700 (>= 600)",
        "MISSED both tiers": "20 (>= 25)",
        "solver, memory traffic": "2000 GB/s, 50% of a copy",
        "TauFactor, batch of 8": "20.0 times slower",
        "network, 128^3, trains and predicts": "250 and 900 volumes a second on Device 0",
        "network, device memory": "3.00 GiB in batches of 8",
        "network, 15000 volumes": "60 s a pass, 4.0 h in all, 4.0 GiB of bits on the host",
        "memcheck": "no error in 2 kernels, NOT c",
        "seconds": "312",
    }


def test_the_model_of_traffic_says_what_binds_a_kernel():
    """2 MB take two thirds of a microsecond; 64 volumes of them less than the launch that serves them all."""
    small, large = (
        traffic.Row("small", 1, 2_000_000, 2_000_000, 8),
        traffic.Row("large", 1, 30_000_000, 300_000_000, 256),
    )
    assert small.seconds == pytest.approx(2e6 / 3e12)
    assert small.remarks == "few blocks"
    assert large.remarks == "caches"
    assert traffic.Row("tiny", 10, 3000, 3000, 1).remarks == "few blocks, launches"
    rows = [vars(row) | {"remarks": row.remarks} for row in (large, small)]
    sums = {"launches": 2, "moved": 32_000_000, "asked": 302_000_000, "rows": rows}
    sums |= {"volumes_per_second_of_memory": 93750.0, "volumes_per_second_of_launches": 4e6}
    lines = traffic.table({"size": 64, "work": {"set": sums}}).splitlines()
    assert "2 launches, 32 MB moved, 302 MB asked for; at most 93750 volumes a second by the memory" in lines[2]
    assert lines[4].split() == ["large", "1", "30.0", "10.0", "10.0", "256", "caches"]


def test_what_did_not_end_or_begin_is_said_and_so_is_emulation():
    found = {
        "compile": FOUND["compile"],
        "tests": "not done in 220 s: see log.txt",
        "memcheck": "compute-sanitizer is not here",
    }
    text = run.summary(found, 470.0, emulate=True)
    assert text.startswith("EMULATED")
    said = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in text.splitlines()}
    assert said["tests"] == "not done in 220 s: see log.txt"
    assert said["bench"] == said["network"] == "not begun"
    assert run.good("memcheck", found["memcheck"])
    assert not run.good("tests", found["tests"])
    assert not run.good("tests", FOUND["tests"])
    assert run.good("bench", MEASURED)


def test_the_stages_fit_eight_minutes_with_what_matters_first():
    assert run.SECONDS < 480
    assert list(run.STAGES)[:3] == ["compile", "tests", "bench"]
    assert sum(limit for stage, limit in run.STAGES.items() if stage != "memcheck") <= run.SECONDS


def test_a_stage_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path):
    lasting = "import subprocess, sys; print('begun', flush=True); subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    began = time.monotonic()
    assert run.run([sys.executable, "-c", lasting], dict(os.environ), tmp_path / "log.txt", 2.0, "bench") is None
    assert time.monotonic() - began < 20
    assert (tmp_path / "log.txt").read_text() == "\n==== bench ====\nbegun\n"
    assert run.run([sys.executable, "-c", "raise SystemExit(3)"], {}, tmp_path / "log.txt", 30.0, "network") == 3


def test_files_are_short_enough_to_come_back(tmp_path):
    (tmp_path / "log.txt").write_bytes(b"a" * (9 * 2**20) + b"b" * (9 * 2**20))
    run.keep(tmp_path, FOUND)
    text = (tmp_path / "log.txt").read_bytes()
    assert 15 * 2**20 < len(text) < 16 * 2**20
    assert text.startswith(b"aaa")
    assert text.endswith(b"bbb")
    assert json.loads((tmp_path / "results.json").read_text()) == FOUND


def test_the_blocker_blocks(blocked, tmp_path):
    (tmp_path / "own.py").write_text(
        f"exec(compile('import platformdirs', {str(SCRIPT)!r}, 'exec'), {{'__file__': {str(SCRIPT)!r}}})"
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "own.py"], env=blocked, capture_output=True, text=True, check=False
    )
    assert "No module named 'platformdirs' (blocked)" in done.stderr


def test_all_that_a_device_runs_imports_with_what_its_machine_has(blocked, tmp_path):
    """The modules of every stage, and pytest's collection of the tests; the slow test below runs them."""
    (tmp_path / "poregrove").symlink_to(ROOT, target_is_directory=True)
    names = (
        "import network, traffic, agreement, volumes; from poregrove.pipelines.bench import run_cuda_bench, cuda_table"
    )
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); {names}"]
    done = subprocess.run(words, env=blocked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = [
        str(word) for word in run.pytest_command(tmp_path, tmp_path / "tests.xml") if "test_boosters" not in str(word)
    ]
    done = subprocess.run([*command, "--collect-only", "-q"], env=blocked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "test_parity.py" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_script_runs_on_an_emulated_device(blocked, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, str(SCRIPT), "--emulate", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=blocked)
    assert done.returncode == 0, done.stdout + done.stderr + (out / "log.txt").read_text()
    assert " 0 failed" in done.stdout
    found = json.loads((out / "results.json").read_text())
    assert found["bench"]["device"].startswith("Asynchronous")
    assert found["memcheck"]["missed"] == []
    assert {path.name for path in out.iterdir()} == {"tests.xml", "log.txt", "results.json", "summary.txt"}
