"""Mutants: deliberate mistakes that the tests must notice, one after the other.

Each ``tests/mutants/*.toml`` lists mutants: a file, a text in it, the mistake to put in its place, and
the tests that should fail for it. The package is copied aside, so nothing here is touched. Ends with 1
where a mutant survives, or no longer applies because its text is gone. ``python tests/mutants/run.py``
runs all, further words choose by file or name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLED = 1
"""Exit code of pytest where tests failed."""


@dataclass(frozen=True)
class Mutant:
    """One mistake and the tests that notice it."""

    name: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]


def mutants() -> list[Mutant]:
    """All mutants of all lists."""
    return [
        Mutant(item["name"], item["file"], item["find"], item["replace"], tuple(item["tests"]))
        for path in sorted(Path(__file__).parent.glob("*.toml"))
        for item in tomllib.loads(path.read_text())["mutant"]
    ]


def _not_copied(folder: str, names: list[str]) -> set[str]:
    """Hidden files, and what was built or computed beside the sources: ``runs`` elsewhere are sources."""
    beside = {"build", "dist", "runs"} if Path(folder) == ROOT else set()
    return {name for name in names if name.startswith(".") or name == "__pycache__" or name in beside}


def tested(tests: Iterable[str], copy: Path) -> subprocess.CompletedProcess[str]:
    """Run some tests on a copy of the package until one fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    # the copy's parent comes first, so that `poregrove` is the copy and not what is installed
    environment = os.environ | {"PYTHONPATH": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def verdict(mutant: Mutant, copy: Path) -> str:
    """``killed``, or what went wrong, for one mutant in a copy of the package."""
    path = copy / mutant.file
    original = path.read_text()
    if original.count(mutant.find) != 1:
        return f"does not apply: its text stands {original.count(mutant.find)} times in {mutant.file}"
    try:
        path.write_text(original.replace(mutant.find, mutant.replace))
        done = tested(mutant.tests, copy)
    finally:
        path.write_text(original)
    if done.returncode == KILLED and "failed" in done.stdout:
        return "killed"
    return (
        "survived" if done.returncode == 0 else f"no verdict, pytest ended with {done.returncode}: {done.stdout[-500:]}"
    )


def main(words: list[str]) -> int:
    """Run the chosen mutants and print the verdict on each."""
    chosen = [
        mutant for mutant in mutants() if not words or any(word in f"{mutant.file} {mutant.name}" for word in words)
    ]
    alive = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "poregrove"
        shutil.copytree(ROOT, copy, ignore=_not_copied)
        sound = tested(sorted({test for mutant in chosen for test in mutant.tests}), copy)
        if sound.returncode != 0:
            sys.stdout.write(f"the tests fail without any mutant:\n{sound.stdout[-2000:]}\n")
            return 1
        for mutant in chosen:
            said = verdict(mutant, copy)
            alive += said != "killed"
            sys.stdout.write(f"{mutant.file}: {mutant.name}: {said}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - alive} of {len(chosen)} mutants killed\n")
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
