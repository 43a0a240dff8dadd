"""The tables of a run folder, read and checked: the only file access of the reports, besides writing them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ..errors import RunError
from ..files import check_checksums, prediction_paths
from ..schema import FEATURES, RESULT_TABLES, SCHEMA_VERSION

log = logging.getLogger(__name__)

REQUIRED_KEYS = ("schema_version", "name", "targets", "regimes", "models")
REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "rows": ("row",),
    "features": FEATURES.names,
    **{name: table.names for name, table in RESULT_TABLES.items()},
}
OPTIONAL_TABLES = tuple(name for name in REQUIRED_COLUMNS if name not in ("rows", "scores"))


class Cell(NamedTuple):
    """Identity of one prediction file: target, regime, model and feature set."""

    target: str
    model: str
    features: str
    regime: str


@dataclass(frozen=True)
class Run:
    """All inputs of a report.

    ``findings`` is None where the run holds no audit, ``model_findings`` where its models were not checked, as in 0.1; ``tables`` has a frame for each optional
    table that exists; ``prediction_files`` the file of each cell; ``bundled`` the models of its bundle, empty where it has none (yet).
    """

    path: Path
    manifest: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...] | None
    model_findings: tuple[Mapping[str, Any], ...] | None
    rows: pd.DataFrame
    scores: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    prediction_files: Mapping[Cell, Path]
    bundled: tuple[Mapping[str, Any], ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """An optional table, empty with its columns where the run has none."""
        if name in self.tables:
            return self.tables[name]
        return pd.DataFrame(columns=list(REQUIRED_COLUMNS[name]))

    def predictions(self, cell: Cell) -> pd.DataFrame:
        """Out-of-fold predictions of one cell: row, fold, repeat, y_pred, y_lo, y_hi; empty where there are none."""
        path = self.prediction_files.get(cell)
        if path is None:
            return pd.DataFrame({"row": pd.Series(dtype="int32"), "y_pred": pd.Series(dtype="float32")})
        return _parquet(path)


def read_run(path: Path) -> Run:
    """The tables of the run folder ``path``.

    Raises RunError naming the folder, file, key or column that is missing or cannot be read, and
    prediction files that are not what the run wrote.
    """
    if not path.is_dir():
        raise RunError(f"run folder {path}: expected a folder with manifest.json, found none")
    manifest = _manifest(path / "manifest.json")
    found = {name: path / f"{name}.parquet" for name in OPTIONAL_TABLES}
    return Run(
        path=path,
        manifest=manifest,
        findings=_findings(path / "audit.json"),
        model_findings=_findings(path / "model_checks.json"),
        rows=_checked("rows", path / "rows.parquet"),
        scores=_checked("scores", path / "scores.parquet"),
        tables={name: _checked(name, file) for name, file in found.items() if file.is_file()},
        prediction_files=_prediction_files(path),
        bundled=_bundled(path / "bundle" / "manifest.json"),
    )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, each a mapping from column to value."""
    return [{str(key): value for key, value in record.items()} for record in frame.to_dict("records")]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(f"{path}: expected readable JSON, got: {error}") from error


def _manifest(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise RunError(f"{path}: missing; a run folder has a manifest.json, written by poregrove compare")
    manifest = _json(path)
    if not isinstance(manifest, dict):
        raise RunError(f"{path}: expected a JSON object, got {type(manifest).__name__}")
    missing = [key for key in REQUIRED_KEYS if key not in manifest]
    if missing:
        raise RunError(f"{path}: missing {', '.join(missing)}")
    version = manifest["schema_version"]
    if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        raise RunError(f"{path}: schema_version {version!r}; this poregrove reads 1 to {SCHEMA_VERSION}")
    return manifest


def _findings(path: Path) -> tuple[Mapping[str, Any], ...] | None:
    if not path.is_file():
        return None
    content = _json(path)
    findings = content.get("findings") if isinstance(content, dict) else None
    if not isinstance(findings, list) or not all(isinstance(item, dict) and "code" in item for item in findings):
        raise RunError(f'{path}: expected {{"findings": [{{"code": ...}}]}}')
    return tuple(findings)


def _bundled(path: Path) -> tuple[Mapping[str, Any], ...]:
    """What was chosen for each model of a bundle; one of an older form, which does not say it, has none."""
    content = _json(path) if path.is_file() else None
    models = content.get("models") if isinstance(content, dict) else None
    chosen = [item.get("chosen") for item in models or () if isinstance(item, dict)]
    wanted = {"target", "model", "features", "regime", "roles"}
    return tuple(item for item in chosen if isinstance(item, dict) and wanted <= set(item))


def _parquet(path: Path) -> pd.DataFrame:
    try:
        # The path stands alone so that hive folders above it add no columns.
        with path.open("rb") as file:
            return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: expected a readable Parquet file, got: {error}") from error


def _checked(name: str, path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise RunError(f"{path}: missing; the report needs it")
    frame = _parquet(path)
    missing = [column for column in REQUIRED_COLUMNS[name] if column not in frame.columns]
    if missing:
        raise RunError(f"{path}: missing column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}")
    return frame


def _prediction_files(folder: Path) -> Mapping[Cell, Path]:
    """Finished prediction files by cell, each as the run wrote it; stray ones are named and left out."""
    found, strays = prediction_paths(folder)
    for path in strays:
        log.warning("%s is no prediction file of this run and does not count", path)
    check_checksums(folder, found.values())
    return {Cell(*values): path for values, path in found.items()}
