"""All that wants a CUDA device, in one go of at most eight minutes: tests, benchmark, and a short table last.

    python tests/gpu/run.py              # where there is a device
    python tests/gpu/run.py --emulate    # where there is none: the same lines, small, kernels executed on the CPU

The checkout may have any name and nothing need be installed of it: a link ``poregrove`` to it is put on the
path. Wanted are Python 3.11 or later and the packages of ``NEEDS``; torch and TauFactor, LightGBM and XGBoost are
used where they are. Files go to ``--out`` (default ``$OUT``, else ``tests/gpu/results/latest``): ``tests.xml``,
``tests.txt``, ``bench.json``, ``summary.txt``. The exit code is 1 where a test or the benchmark failed, 2 where something is missing.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEEDS = {
    "numpy": "arrays",
    "scipy": "generators of volumes",
    "numba": "the CPU back end, which is compared with",
    "tifffile": "the images of the shipped sample",
    "pytest": "the tests",
}
SECONDS = 470.0
"""Of all together."""
SECONDS_OF_TESTS = 300.0
"""Of these the tests at most, so that the benchmark gets its turn."""
CONFIG = "[pytest]\naddopts = --import-mode=importlib --strict-markers -ra\nmarkers =\n    gpu: needs a CUDA device\n    slow: longer\n"


def main():
    options = arguments()
    if options.bench:
        bench(options)
        return 0
    missing = lacking(emulate=options.emulate)
    if missing:
        print(missing, file=sys.stderr)
        return 2
    began = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "poregrove").symlink_to(ROOT, target_is_directory=True)
        environment = surroundings(folder, emulate=options.emulate)
        tested = run_tests(folder, environment, options.out)
        left = SECONDS - (time.monotonic() - began)
        measured = run_bench(environment, options, left)
    text = summary(tested, measured, time.monotonic() - began, emulate=options.emulate)
    (options.out / "summary.txt").write_text(text, encoding="utf-8")
    print(text)
    return 0 if tested.get("good") and isinstance(measured, dict) else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulate", action="store_true", help="execute the kernels on the CPU, on small volumes")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", HERE / "results" / "latest")))
    parser.add_argument("--bench", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def lacking(*, emulate):
    """What is missing, in a sentence; None where all is there."""
    needs = NEEDS if emulate else {"cupy": "the device", **NEEDS}
    missing = [f"{name} ({why})" for name, why in needs.items() if importlib.util.find_spec(name) is None]
    return f"missing: {', '.join(missing)}; see {__file__} for what is wanted" if missing else None


def surroundings(folder, *, emulate):
    """Environment of what is run: the link on the path, caches of its own."""
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault("POREGROVE_CACHE", str(folder / "cache"))
    if emulate:
        environment |= {"POREGROVE_EMULATED": "1", "POREGROVE_KERNELS": str(folder / "kernels")}
    return environment


def run_tests(folder, environment, out):
    """Passed, failed and skipped tests, and whether that is good; what they said goes to files."""
    config, report = folder / "pytest.ini", out / "tests.xml"
    config.write_text(CONFIG, encoding="utf-8")
    paths = [HERE]
    if all(importlib.util.find_spec(name) for name in ("lightgbm", "xgboost")):
        paths.append(ROOT / "tests" / "models" / "test_boosters.py")
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-c", config, "--rootdir", ROOT, "-p", "no:cacheprovider"]
    words = [str(word) for word in [*command, "--durations=10", f"--junitxml={report}", *paths]]
    with (out / "tests.txt").open("w", encoding="utf-8") as said:
        try:
            subprocess.run(
                words,
                env=environment,
                cwd=ROOT,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=SECONDS_OF_TESTS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"said": f"not done in {SECONDS_OF_TESTS:.0f} s"}
    if not report.exists():
        return {"said": "pytest did not start: see tests.txt"}
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314  pytest has just written it
    ran, failed, errors, skipped = (int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    failed += errors
    passed = ran - failed - skipped
    return {"said": f"{passed} passed, {failed} failed, {skipped} skipped", "good": passed > 0 and failed == 0}


def run_bench(environment, options, seconds):
    """What the benchmark measured, or why not; in a process of its own, as a broken device must not take the rest along."""
    words = [sys.executable, __file__, "--bench", "--out", options.out, *(["--emulate"] if options.emulate else [])]
    target = options.out / "bench.json"
    target.unlink(missing_ok=True)
    try:
        done = subprocess.run(map(str, words), env=environment, cwd=ROOT, timeout=max(seconds, 1.0), check=False)
    except subprocess.TimeoutExpired:
        return f"not done in {seconds:.0f} s"
    if done.returncode or not target.exists():
        return f"ended with {done.returncode}"
    return json.loads(target.read_text(encoding="utf-8"))


def bench(options):
    """Run the benchmark, print its tables and write its figures."""
    from poregrove.features import backends
    from poregrove.pipelines.bench import cuda_table, run_cuda_bench

    settings = {}
    if options.emulate:
        sys.path.insert(0, str(HERE))
        from emulated import emulated_backend

        backend = emulated_backend(Path(os.environ["POREGROVE_KERNELS"]))
        backends.cuda_backend = lambda: backend
        settings = {"size": 16, "batches": (1, 2), "repeats": 1, "copied": 2**16, "peers": False}
    result = run_cuda_bench(**settings)
    print(cuda_table(result), flush=True)
    (options.out / "bench.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


def summary(tested, measured, seconds, *, emulate):
    """The short table."""
    rows = [("tests", tested["said"])]
    if isinstance(measured, dict):
        rows.insert(0, ("device", measured["device"]))
        best = max(measured["solver"], key=lambda row: row["bytes_per_second"])
        rows += [
            (
                f"{'met   ' if goal['met'] else 'MISSED'} {goal['goal']}",
                f"{goal['value']:.3g} ({goal['sense']} {goal['limit']:g})",
            )
            for goal in measured["goals"]
        ]
        rows.append(
            (
                "solver, memory traffic",
                f"{best['bytes_per_second'] / 1e9:.0f} GB/s, {best['share_of_copy']:.0%} of a copy",
            )
        )
        for own in measured["solver"]:
            for peer in measured["peer"]:
                if peer["batch"] == own["batch"]:
                    ratio = own["volumes_per_second"] / peer["volumes_per_second"]
                    rows.append((f"TauFactor, batch of {own['batch']}", f"{ratio:.1f} times slower"))
    else:
        rows.append(("benchmark", measured))
    rows.append(("seconds", f"{seconds:.0f}"))
    if emulate:
        rows.insert(0, ("EMULATED", "kernels executed on the CPU: the figures say nothing of a device"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)


if __name__ == "__main__":
    raise SystemExit(main())
