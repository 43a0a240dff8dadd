"""A finished run, as ``compare`` returns it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from ...errors import RunError, did_you_mean
from ..settings import Settings, settings_of
from .folder import RunFolder
from .notebook import html_table


@dataclass(frozen=True)
class Run:
    """A run folder with its report.

    Parameters
    ----------
    folder
        Path of the run.

    """

    folder: Path

    @property
    def report(self) -> Path:
        """The page to read."""
        return RunFolder(self.folder).report

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest: settings, data and versions of the run; RunError where the run is not finished."""
        path = RunFolder(self.folder).manifest
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path}: expected the manifest of a finished run, got: {error}") from error
        return values

    @property
    def settings(self) -> Settings:
        """The settings that it ran with; RunError where the run is not finished or states none."""
        where = RunFolder(self.folder).manifest
        try:
            return settings_of(self.manifest["settings"], where=str(where))
        except KeyError as error:
            raise RunError(f"{where}: expected the settings of a comparison, found none") from error

    def table(self, name: str) -> pd.DataFrame:
        """One of the run's tables, as ``scores``; RunError names those that there are."""
        path = self.folder / f"{name}.parquet"
        try:
            return pd.read_parquet(path)
        except (OSError, pa.ArrowException) as error:
            names = sorted(file.stem for file in self.folder.glob("*.parquet"))
            hint = did_you_mean(name, names)
            raise RunError(f"{path}: cannot be read; tables here: {', '.join(names) or 'none'}{hint}") from error

    def __repr__(self) -> str:
        if not RunFolder(self.folder).manifest.is_file():
            return f"Run({self.folder}: not finished)"
        data, manifest = self.manifest["data"], self.manifest
        return (
            f"Run({self.folder}: rows {data['n_rows']:,}, volumes {data['n_volumes']:,}, "
            f"targets {len(manifest['targets'])}, models {len(manifest['models'])}; report {self.report})"
        )

    def _repr_html_(self) -> str:
        if not RunFolder(self.folder).manifest.is_file():
            return html_table(repr(self), (), ())
        targets = ((item["name"], item["unit"], f"{item['n']:,}") for item in self.manifest["targets"])
        return html_table(repr(self), ("target", "unit", "rows"), targets)
