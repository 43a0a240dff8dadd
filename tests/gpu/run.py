"""All that wants a CUDA device, in one go of at most eight minutes: tests, figures, and a short table last.

    python tests/gpu/run.py              # where there is a device
    python tests/gpu/run.py --emulate    # where there is none: the same lines, small, kernels executed on the CPU

The checkout may have any name and nothing need be installed of it: a link ``poregrove`` to it is put on the
path. Wanted are Python 3.11 or later and the packages of ``NEEDS``; torch, TauFactor, LightGBM, XGBoost and
compute-sanitizer are used where they are. Each stage runs in a process of its own with its own limit of time, as a broken
device must not take the rest along. Files go to ``--out`` (default ``$OUT``, else ``tests/gpu/results/latest``), none larger
than 16 MiB: ``summary.txt`` (the table), ``results.json`` (all figures), ``log.txt`` (all that was said), ``tests.xml``. The exit code is 1
where a stage failed, 2 where something is missing.
"""

import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEEDS = {
    "numpy": "arrays",
    "scipy": "generators of volumes",
    "numba": "the CPU back end, which is compared with",
    "pandas": "tables",
    "pyarrow": "tables on disk",
    "skimage": "grey volumes",
    "tifffile": "the images of the shipped sample",
    "pytest": "the tests",
}
SECONDS = 470.0
"""Of all together."""
STAGES = {"compile": 60.0, "tests": 220.0, "bench": 120.0, "network": 60.0, "memcheck": 90.0}
"""Stages in order with their time limits: the most important come first, and no stage takes the next one's time."""
EMULATED = {"compile": 300.0, "tests": 900.0, "bench": 600.0, "network": 120.0, "memcheck": 300.0, "traffic": 600.0}
"""The same where kernels are executed on the CPU, whose speed says nothing."""
LARGEST_FILE = 16 * 2**20 - 2**16
CONFIG = (
    "[pytest]\naddopts = --import-mode=importlib --strict-markers -ra\n"
    "markers =\n    gpu: needs a CUDA device\n    slow: longer\n    timeout: read by pytest-timeout where it is\n"
)


def main():
    options = arguments()
    if options.stage:
        (options.out / f"{options.stage}.json").write_text(json.dumps(WORK[options.stage](options)), encoding="utf-8")
        return 0
    missing = lacking(emulate=options.emulate)
    if missing:
        print(missing, file=sys.stderr)
        return 2
    began, found = time.monotonic(), {}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "log.txt").unlink(missing_ok=True)
    # what stops this from outside still gets its table
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "poregrove").symlink_to(ROOT, target_is_directory=True)
            environment = surroundings(folder, emulate=options.emulate)
            for stage, limit in (EMULATED if options.emulate else STAGES).items():
                left = limit if options.emulate else min(limit, SECONDS - (time.monotonic() - began))
                found[stage] = run_stage(stage, options, environment, folder, left)
                keep(options.out, found)
    finally:
        text = summary(found, time.monotonic() - began, emulate=options.emulate)
        (options.out / "summary.txt").write_text(text + "\n", encoding="utf-8")
        keep(options.out, found)
        print(text, flush=True)
    return 0 if all(good(stage, result) for stage, result in found.items()) else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulate", action="store_true", help="execute the kernels on the CPU, on small volumes")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", HERE / "results" / "latest")))
    parser.add_argument("--stage", choices=WORK, help=argparse.SUPPRESS)
    return parser.parse_args()


def lacking(*, emulate):
    """A sentence on missing requirements; None where all are there."""
    needs = NEEDS if emulate else {"cupy": "the device", **NEEDS}
    missing = [f"{name} ({why})" for name, why in needs.items() if importlib.util.find_spec(name) is None]
    return f"missing: {', '.join(missing)}; see {__file__} for what is wanted" if missing else None


def surroundings(folder, *, emulate):
    """Environment of what is run: the link on the path, caches of its own."""
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    environment.setdefault("POREGROVE_CACHE", str(folder / "cache"))
    if emulate:
        environment.setdefault("POREGROVE_KERNELS", str(folder / "kernels"))
        environment["POREGROVE_EMULATED"] = "1"
    return environment


def run_stage(stage, options, environment, folder, seconds):
    """The result of a stage, as plain values, or a sentence on why there is none."""
    if seconds < 1:
        return "no time was left"
    target = options.out / "tests.xml" if stage == "tests" else folder / f"{stage}.json"
    target.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--stage", stage, "--out", folder, *(["--emulate"] if options.emulate else [])]
    if stage == "tests":
        command = pytest_command(folder, target)
    elif stage == "memcheck" and not options.emulate:
        checker = sanitizer()
        if checker is None:
            return "compute-sanitizer is not here"
        command = [checker, "--tool", "memcheck", "--error-exitcode", "9", *command]
    code = run([str(word) for word in command], environment, options.out / "log.txt", seconds, stage)
    if code is None:
        return f"not done in {seconds:.0f} s: see log.txt"
    # pytest ends with 1 where tests fail, which the report tells better
    if not target.exists() or (code and stage != "tests"):
        return f"ended with {code}: see log.txt"
    return passed(target) if stage == "tests" else json.loads(target.read_text(encoding="utf-8"))


def run(command, environment, log, seconds, stage):
    """The exit code of a command; None where it ran out of time and was ended with all that it started."""
    with log.open("a", encoding="utf-8") as said:
        said.write(f"\n==== {stage} ====\n")
        said.flush()
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def pytest_command(folder, report):
    config = folder / "pytest.ini"
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    helpers = "".join(f"\n    {ROOT / path}" for path in settings.get("pythonpath", ()))
    config.write_text(f"{CONFIG}pythonpath ={helpers}\n", encoding="utf-8")
    paths = [HERE]
    if all(importlib.util.find_spec(name) for name in ("lightgbm", "xgboost")):
        paths.append(ROOT / "tests" / "models" / "test_boosters.py")
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-c", config, "--rootdir", ROOT, "-p", "no:cacheprovider"]
    return [*command, "--durations=10", f"--junitxml={report}", *paths]


def passed(report):
    """Counts of the tests that passed, failed and were skipped, and the names of those that failed."""
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314  pytest has just written it
    ran, failures, errors, skipped = (int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    return {
        "passed": ran - failures - errors - skipped,
        "failed": failures + errors,
        "skipped": skipped,
        "failing": failed[:20],
    }


def sanitizer():
    """The path of compute-sanitizer; it lies beside nvcc, on the path or not."""
    return shutil.which("compute-sanitizer") or shutil.which("compute-sanitizer", path="/usr/local/cuda/bin")


def keep(out, found):
    """Write the figures, and shorten what is too long in its middle."""
    (out / "results.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    for path in out.iterdir():
        size = path.stat().st_size
        if size > LARGEST_FILE:
            whole, half = path.read_bytes(), LARGEST_FILE // 2
            path.write_bytes(whole[:half] + b"\n[...]\n" + whole[-half:])


def backend(options):
    """The CUDA back end, which ``backend="cuda"`` then means."""
    from poregrove.features import backends

    if options.emulate:
        sys.path.insert(0, str(HERE))
        from emulated import emulated_backend

        found = emulated_backend(Path(os.environ["POREGROVE_KERNELS"]))
        backends.cuda_backend = lambda: found
    return backends.get_backend("cuda")


def compile_all(options):
    """Every kernel of every file, compiled before any other stage wants it; CuPy keeps what it compiled on disk."""
    found = backend(options)
    began = time.perf_counter()
    names = [(path, name) for path, names in kernels().items() for name in names]
    if not options.emulate:
        from poregrove.features.backends.cuda.device import loaded_kernel
        from poregrove.features.backends.cuda.kernels import Kernel

        for path, name in names:
            loaded_kernel(Kernel(path, name), found.xp.cuda.Device().id)
    return {
        "device": found.device.about(),
        "kernels": len(names),
        "seconds": time.perf_counter() - began,
        "versions": {name: version(name) for name in ("cupy", "numpy", "scipy", "numba", "torch")},
    }


def kernels():
    """The names of the kernels by file."""
    import re

    sources = sorted((ROOT / "features" / "backends" / "cuda").rglob("*.cu"))
    return {path: re.findall(r"__global__\s+void\s+(\w+)", path.read_text(encoding="utf-8")) for path in sources}


def version(name):
    from importlib.metadata import packages_distributions
    from importlib.metadata import version as of

    names = packages_distributions().get(name)
    return of(names[0]) if names else None


def bench(options):
    """The benchmark; its tables go to the log."""
    from poregrove.pipelines.bench import cuda_table, run_cuda_bench

    backend(options)
    small = {"size": 16, "batches": (1, 2), "repeats": 1, "copied": 2**16, "peers": False}
    result = run_cuda_bench(**(small if options.emulate else {}))
    print(cuda_table(result))
    return result


def network(options):
    """Rates and memory of the 3D network."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not here"
    sys.path.insert(0, str(HERE))
    from network import measure

    return measure(size=16, number=8, device="cpu") if options.emulate else measure()


def memcheck(options):
    """Every kernel once over small volumes, for compute-sanitizer to watch; the kernels that were launched."""
    import numpy as np

    from poregrove.features import describe_batch, effective_tensor

    device = backend(options).device
    launched, launch = set(), device.launch

    def noted(kernel, threads, *given):
        launched.add(kernel.name)
        launch(kernel, threads, *given)

    device.launch = noted
    masks = [np.random.default_rng(seed).random((16, 16, 16)) < 0.6 for seed in range(2)]
    describe_batch(masks, tiers=("morphology", "transport"), device="cuda")
    labels = np.random.default_rng(2).integers(0, 3, (13, 16, 15))
    effective_tensor(labels, {0: 1.0, 1: 0.1, 2: 0.01}, device="cuda")
    return {
        "launched": sorted(launched),
        "missed": sorted({n for names in kernels().values() for n in names} - launched),
    }


def traffic(options):
    """The model of bytes and launches; it has no use for a device."""
    sys.path.insert(0, str(HERE))
    from traffic import model

    del options
    return model(Path(os.environ["POREGROVE_KERNELS"]), 24)


WORK = {"compile": compile_all, "bench": bench, "network": network, "memcheck": memcheck, "traffic": traffic}


def good(stage, result):
    """Whether a stage did what it should; what cannot be done here is no failure."""
    if isinstance(result, str):
        return result.endswith("is not here")
    return stage != "tests" or (result["passed"] > 0 and result["failed"] == 0)


def summary(found, seconds, *, emulate):
    """The short table, a row or more a stage, whatever became of it."""
    rows = [("EMULATED", "kernels executed on the CPU: the figures say nothing of a device")] if emulate else []
    for stage, result in found.items():
        rows += [(stage, result)] if isinstance(result, str) else ROWS[stage](result)
    rows += [(stage, "not begun") for stage in STAGES if stage not in found]
    rows.append(("seconds", f"{seconds:.0f}"))
    width = max(len(name) for name, _ in rows)
    text = "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)
    if isinstance(found.get("traffic"), dict):
        sys.path.insert(0, str(HERE))
        from traffic import table

        text = f"{table(found['traffic'])}\n\n{text}"
    return text


def compile_rows(result):
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items() if number)
    return [
        ("device", result["device"]),
        ("versions", versions),
        ("compile", f"{result['kernels']} kernels in {result['seconds']:.0f} s"),
    ]


def tests_rows(result):
    said = f"{result['passed']} passed, {result['failed']} failed, {result['skipped']} skipped"
    return [("tests", said), *(("  failed", name) for name in result["failing"])]


def bench_rows(measured):
    rows = [
        (
            f"{'met   ' if goal['met'] else 'MISSED'} {goal['goal']}",
            f"{goal['value']:.3g} ({goal['sense']} {goal['limit']:g})",
        )
        for goal in measured["goals"]
    ]
    best = max(measured["solver"], key=lambda row: row["bytes_per_second"])
    share = f"{best['bytes_per_second'] / 1e9:.0f} GB/s, {best['share_of_copy']:.0%} of a copy"
    rows.append(("solver, memory traffic", share))
    peers = {peer["batch"]: peer["volumes_per_second"] for peer in measured["peer"]}
    return rows + [
        (f"TauFactor, batch of {own['batch']}", f"{own['volumes_per_second'] / peers[own['batch']]:.1f} times slower")
        for own in measured["solver"]
        if own["batch"] in peers
    ]


def network_rows(result):
    many, peak = result["projected"], result["peak_bytes"]
    whole = (
        f"{many['seconds_a_pass']:.0f} s a pass, {many['hours_all_passes_and_members']:.1f} h in all, "
        f"{many['host_bytes'] / 2**30:.1f} GiB of bits on the host"
    )
    rates = f"{result['training_volumes_per_second']:.0f} and {result['prediction_volumes_per_second']:.0f} volumes a second"
    return [
        (f"network, {result['size']}^3, trains and predicts", f"{rates} on {result['device']}"),
        (
            "network, device memory",
            "not measured" if peak is None else f"{peak / 2**30:.2f} GiB in batches of {result['batch']}",
        ),
        (f"network, {many['volumes']} volumes", whole),
    ]


def memcheck_rows(result):
    missed = f", NOT {', '.join(result['missed'])}" if result["missed"] else ""
    return [("memcheck", f"no error in {len(result['launched'])} kernels{missed}")]


def traffic_rows(result):
    return [
        (
            f"traffic, {what}",
            f"{sums['launches']} launches, {sums['moved'] / 1e6:.0f} MB a volume of {result['size']}^3",
        )
        for what, sums in result["work"].items()
    ]


ROWS = {
    "compile": compile_rows,
    "tests": tests_rows,
    "bench": bench_rows,
    "network": network_rows,
    "memcheck": memcheck_rows,
    "traffic": traffic_rows,
}

if __name__ == "__main__":
    raise SystemExit(main())
