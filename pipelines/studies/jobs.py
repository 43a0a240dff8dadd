"""Study jobs as frozen records, each with a part file of its own: finished jobs are not repeated.

Everything that a part's numbers depend on, beyond what makes the run the same run, is in its path:
so a changed setting of the studies costs only the parts that it concerns.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...errors import RunError
from ...models.base import Device
from ...schema import RESULT_TABLES
from ..runs.atomic import write_text
from ..settings import ComparisonSettings, StudySettings
from ..tables.feature_sets import FeatureSources
from ..training.job import Catalog, Job

Study = Literal["importance", "ablation", "learning-curves", "costs"]
Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
"""Rows by the name of the table that they belong to."""


@dataclass(frozen=True)
class StudyJob:
    """One question about one model, target, feature set and regime; ``detail`` is what else it depends on."""

    study: Study
    target: str
    model: str
    features: str
    regime: str
    detail: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, name: str) -> str:
        return dict(self.detail)[name]

    @property
    def compared(self) -> Job:
        """The job of the comparison that it asks about."""
        return Job(self.target, self.model, self.features, self.regime)

    @property
    def cell(self) -> Row:
        """The partition values that go before each row of its tables."""
        return {name: getattr(self, name) for name in ("target", "model", "features", "regime")}

    def file(self, run_dir: Path) -> Path:
        """Path of its part file."""
        name = ",".join(f"{key}={value}" for key, value in self.detail)
        parts = (f"{key}={value}" for key, value in self.cell.items())
        return run_dir.joinpath("studies", self.study, *parts, f"{name}.json")


@dataclass(frozen=True)
class StudyTask:
    """A job with all that it takes to do it in another process."""

    run_dir: Path
    job: StudyJob
    comparison: ComparisonSettings
    settings: StudySettings
    feature_sources: FeatureSources
    families: Mapping[str, str]
    """Family of each descriptor column."""
    catalog: Catalog
    device: Device = "cpu"
    threads: int = 1


@dataclass(frozen=True)
class StudyRecord:
    """Record of a study job; ``reason`` says why it failed, ``note`` what a reader must know."""

    job: StudyJob
    status: Literal["done", "failed"]
    reason: str | None = None
    note: str | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Flat plain values, ready for JSON."""
        values = asdict(self)
        job = values.pop("job")
        return {**job, "detail": dict(self.job.detail), **values}


@dataclass(frozen=True)
class Part:
    """Result of a finished job: rows of result tables, and the cost of the job."""

    tables: Tables
    note: str | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    others: Tables = field(default_factory=dict)
    """Rows that are no result table's, but material for one."""


def write_part(path: Path, part: Part) -> None:
    """Write a part, whole or not at all; what is not finite is null."""
    values = asdict(part)
    for name in ("tables", "others"):
        values[name] = {table: [_plain(row) for row in rows] for table, rows in values[name].items()}
    write_text(path, json.dumps(values, allow_nan=False) + "\n")


def read_part(path: Path) -> Part:
    """Read a part that ``write_part`` wrote, NaN for missing numbers; RunError names a file that cannot be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: [_typed(name, row) for row in rows] for name, rows in values.pop("tables").items()}
        return Part(tables=tables, **values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{path}: expected a part of a study, got: {error!r}") from error


def _plain(row: Row) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()
    }


def _typed(table: str, row: Row) -> Row:
    """A row of a result table with NaN for null in its float columns."""
    floats = {item.name for item in RESULT_TABLES[table].fields if item.kind == "float64"}
    return {name: math.nan if value is None and name in floats else value for name, value in row.items()}
