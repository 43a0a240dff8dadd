"""Reports: the tables of a run become figures and one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["export_report", "write_comparison", "write_report"]

Best = Mapping[tuple[str, str], tuple[str, str]]
"""(model, features) of the best candidate by (target, regime)."""
Differences = Callable[[Sequence[Path], Mapping[str, Any], Sequence[Best]], "pd.DataFrame"]
"""Function from run folders, the first run's settings of the comparison and the best of each to rows of
``schema.RUN_DIFFERENCES``: reports compute nothing statistical themselves."""


def write_report(run: Path) -> Path:
    """Write report.html, report.md and summary.json into the run folder; the path of the first.

    Reads the tables of the run alone. Raises RunError naming what is missing or unreadable.
    """
    from .render import write_report as write

    return write(run)


def export_report(run: Path, out: Path, formats: Sequence[str] = ("csv", "latex", "svg", "png")) -> list[Path]:
    """Write the tables and figures of a run's report, with a methods paragraph and its references, into ``out``.

    ``formats`` are of csv, latex, svg and png. The paths written. Raises SettingsError for an unknown format, RunError
    where the run cannot be read, MissingExtraError for png without its extra.
    """
    from .exports.write import export_report as export

    return export(run, out, formats)


def write_comparison(runs: Sequence[Path], out: Path, differences: Differences) -> Path:
    """Write a page that holds runs on the same data side by side to ``out``; its path.

    Raises RunError naming two runs and their digests where the data are not the same, before anything
    is computed, or what is missing in a run.
    """
    from .render import write_comparison as write
    from .summary.compare_runs import best_cells, check_same_data
    from .tables import read_run

    read = [read_run(run) for run in runs]
    check_same_data(read)
    settings = (read[0].manifest.get("settings") or {}).get("comparison") or {}
    return write(read, differences(runs, settings, [best_cells(run) for run in read]), out)
