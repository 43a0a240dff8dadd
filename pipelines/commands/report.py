"""``poregrove report``: write the report again, or compare runs, from their tables alone."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ...errors import SettingsError
from .options import DONE, Subparsers, add_verb

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "report", run, "write the report again, or compare runs, from their tables alone")
    command.add_argument(
        "run_folders",
        type=Path,
        nargs="+",
        metavar="RUN",
        help="one run: write its report again; several: write a page that compares them",
    )
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="page that compares runs, .html (default: comparison.html in the first)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the report of a run again, or a page that compares several."""
    from ...reports import write_comparison, write_report
    from ..runs.atomic import check_suffix
    from ..scoring.run_differences import run_differences

    runs = options.run_folders
    if len(runs) == 1:
        if options.out is not None:
            raise SettingsError(
                "--out names the page that compares several runs; a run's own report stays in its folder"
            )
        log.info("report: %s", write_report(runs[0]))
    else:
        out = check_suffix(options.out or runs[0] / "comparison.html", (".html", ".htm"))
        log.info("comparison of %d runs: %s", len(runs), write_comparison(runs, out, run_differences))
    return DONE
