"""A comparison of seconds as a process of its own, to be disturbed, and what it leaves when nothing disturbs it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from poregrove.features import warm_up

TABLES = ("rows.parquet", "features.parquet", "groups.parquet", "scores.parquet")
STUDIES = ("importance", "ablation", "learning_curves", "costs")
"""Left out here: they come after the scores, and their times differ from run to run."""
OPTIONS = (
    *("--models", "mean,ridge,xgboost", "--targets", "projected_cycle_life,tau_factor", "--tiers", "morphology"),
    *("--feature-sets", "none,morphology,scalars+morphology", "--regimes", "random,new-structure"),
    *("--folds", "2", "--repeats", "1", "--device", "cpu", "--workers", "1", "--set", "comparison.bootstrap=50"),
    *("--set", "model.xgboost.rounds=5"),
    *(word for study in STUDIES for word in ("--set", f"study.{study}=false")),
)


@dataclass(frozen=True)
class Program:
    """The command line, with a cache of its own."""

    cache: Path

    @staticmethod
    def compare(data, out):
        """The words of the comparison and the run that it leaves."""
        return ("compare", data, "--out", out, *OPTIONS), Compared(out)

    def cache_times(self):
        """When each entry of the cache was written."""
        return {path.name: path.stat().st_mtime_ns for path in self.cache.glob("features/*/*.parquet")}

    def start(self, *words):
        """A process whose workers can be told from others' by their session."""
        return subprocess.Popen(
            [sys.executable, "-m", "poregrove.pipelines.commands.main", *map(str, words)],
            env={**os.environ, "POREGROVE_CACHE": str(self.cache)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def finish(self, *words):
        """Run to the end; what went to standard error."""
        with self.start(*words) as process:
            _, said = process.communicate(timeout=500)
        assert process.returncode == 0, said
        return said

    def kill_after(self, seconds, *words, name=signal.SIGKILL):
        """End the process so many seconds after its start; None where it was done by then, else its exit code."""
        with self.start(*words) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(name)
                process.stderr.read()
                process.wait(60)
                return process.returncode
            assert process.returncode == 0, process.stderr.read()
            return None


@dataclass(frozen=True)
class Compared:
    """A finished run folder."""

    folder: Path

    def assert_same_as(self, other):
        """Tables and predictions are equal to the last bit; no file is half-written."""
        assert not list(self.folder.rglob("*.part"))
        for name in TABLES:
            pd.testing.assert_frame_equal(
                pd.read_parquet(self.folder / name), pd.read_parquet(other.folder / name), check_exact=True
            )
        files = other.predictions()
        assert self.predictions() == files
        for file in files:
            pd.testing.assert_frame_equal(
                pd.read_parquet(self.folder / file), pd.read_parquet(other.folder / file), check_exact=True
            )
        assert (self.folder / "report.html").is_file()
        assert (self.folder / "bundle" / "manifest.json").is_file()

    def predictions(self):
        """Prediction files by their paths in the folder."""
        return sorted(path.relative_to(self.folder) for path in self.folder.glob("predictions*/**/*.parquet"))

    def times(self):
        """When each prediction file was written."""
        return {file: (self.folder / file).stat().st_mtime_ns for file in self.predictions()}

    @property
    def log(self):
        """The log of the run."""
        return (self.folder / "run.log").read_text()

    def assert_no_job_twice(self):
        """By the log: no job was finished twice."""
        finished = Counter(re.findall(r"finished (Job\(.*\))", self.log))
        assert finished
        assert set(finished.values()) == {1}


@pytest.fixture(scope="session")
def data(tmp_path_factory, clean_set_maker):
    """Six small volumes under six designs."""
    return clean_set_maker(tmp_path_factory.mktemp("faults") / "data", n_volumes=6, n_designs=6).folder


@pytest.fixture(scope="session")
def undisturbed(data, tmp_path_factory):
    """A run that nothing happened to, and the seconds that it took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    warm_up(tiers=("morphology",), device="cpu")  # or the seconds would be those of the compiler
    began = time.monotonic()
    Program(folder / "cache").finish("compare", data, "--out", folder / "run", *OPTIONS)
    return Compared(folder / "run"), time.monotonic() - began


@pytest.fixture
def program(tmp_path):
    """The command line with an empty cache."""
    return Program(tmp_path / "cache")
