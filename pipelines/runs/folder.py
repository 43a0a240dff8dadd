"""A run folder: paths of its files, its lock, and whether its run may be resumed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ...errors import RunError
from .atomic import TEMPORARY_SUFFIX, clear_leftovers, write_json
from .journal import NAME as JOURNAL
from .journal import Journal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run."""

    path: Path

    @property
    def manifest(self) -> Path:
        """The manifest: settings, data and versions of the run."""
        return self.path / "manifest.json"

    @property
    def identity(self) -> Path:
        """Identity of a run, by which it is resumed; written first, never changed."""
        return self.path / "identity.json"

    @property
    def contract(self) -> Path:
        """Inputs and targets, where they are not those of the built-in contract."""
        return self.path / "contract.toml"

    @property
    def audit(self) -> Path:
        """The findings."""
        return self.path / "audit.json"

    @property
    def part(self) -> Path:
        """Record of a finished part of a run."""
        return self.path / "part.json"

    @property
    def plan(self) -> Path:
        """Record of the plan that fitted a budget, by which a resumed run is the same."""
        return self.path / "plan.json"

    @property
    def entries(self) -> Path:
        """Record of the predictions entered from elsewhere."""
        return self.path / "entries.json"

    @property
    def features(self) -> Path:
        """Descriptors, one row a distinct volume."""
        return self.path / "features.parquet"

    @property
    def score_record(self) -> Path:
        """What the score tables were made from."""
        return self.path / "scored.json"

    @property
    def model_checks(self) -> Path:
        """Findings of the checks of models after training."""
        return self.path / "model_checks.json"

    @property
    def rows(self) -> Path:
        """Keys, scalars and targets."""
        return self.path / "rows.parquet"

    @property
    def volumes(self) -> Path:
        """Voxels of the distinct volumes as bits, where a network was compared."""
        return self.path / "volumes.bits"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints of long fits, removed when these are done."""
        return self.path / "checkpoints"

    @property
    def parts(self) -> Path:
        """Finished folds of jobs that are not finished, removed when these are."""
        return self.path / "parts"

    @property
    def mapped(self) -> Path:
        """The tables that jobs read, as memory holds them; may be removed, and is made again."""
        return self.path / "mapped"

    @property
    def screening(self) -> Path:
        """What screening found on thin rows, one file a fold."""
        return self.path / "screening"

    @property
    def tuning(self) -> Path:
        """Trials of tuned models, one file a fit."""
        return self.path / "tuning"

    @property
    def bundle(self) -> Path:
        """The final models, for prediction."""
        return self.path / "bundle"

    @property
    def report(self) -> Path:
        """The page to read."""
        return self.path / "report.html"

    @property
    def clock(self) -> Path:
        """Seconds of each attempt, by stage."""
        return self.path / "sittings.json"

    def journal(self, command: Sequence[str] = ()) -> Journal:
        """The log of the folder, ``run.log``: everything that the package logs inside the block."""
        return Journal(self.path / JOURNAL, command)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of the folder while the block runs; RunError where one is in."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RunError(f"run folder {self.path}: another process is working in it") from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, identity: Mapping[str, Any], *, resume: bool = True) -> bool:
        """Claim the locked folder for a run; whether one of the same identity was begun here before.

        What a killed run left half-written is removed. Raises RunError naming each difference where
        the folder belongs to another run, so that two runs never mix their predictions; where
        ``resume`` is not wanted, for any run that is there.
        """
        plain = json.loads(json.dumps(identity))
        if not self.identity.exists():
            write_json(self.identity, plain)
            self._clear_leftovers(self.path.glob(f".{self.identity.name}.*"))
            return False
        if not resume:
            raise RunError(f"run folder {self.path} holds a run already: choose another --out, or go on with --resume")
        there = self._read_identity()
        if differences := sorted(_differences(there, plain)):
            raise RunError(
                f"run folder {self.path} holds another run: {'; '.join(differences)}. "
                "Choose another --out, or remove the folder."
            )
        log.info("going on with the run in %s", self.path)
        self._clear_leftovers(self.path.rglob(f".*{TEMPORARY_SUFFIX}"))
        return True

    def _clear_leftovers(self, paths: Iterable[Path]) -> None:
        if left := clear_leftovers(paths, ours=True):
            log.info("%s: removed %d half-written files of a run that was killed", self.path, left)

    def _read_identity(self) -> dict[str, Any]:
        try:
            there = json.loads(self.identity.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.identity}: expected readable JSON, got: {error}") from error
        if not isinstance(there, dict):
            raise RunError(f"{self.identity}: expected a JSON object")
        return there


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """``setting: there -> here`` for every leaf in which two nested records differ."""
    for key in there.keys() | here.keys():
        old, new = there.get(key), here.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            yield f"{prefix}{key} was {old!r}, now {new!r}"
