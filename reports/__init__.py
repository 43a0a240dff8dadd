"""Reports: the tables of a run become figures and one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_report"]


def write_report(run: Path) -> Path:
    """Write report.html, report.md and summary.json into the run folder; the path of the first.

    Reads the tables of the run alone. Raises RunError naming what is missing or unreadable.
    """
    from .render import write_report as write

    return write(run)
