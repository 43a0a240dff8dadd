"""``poregrove export-report``: write the tables and figures of a report for a paper."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from .options import DONE, Subparsers, add_verb, names

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "export-report", run, "write the tables and figures of a report for a paper")
    command.add_argument("run_folder", type=Path, metavar="RUN", help="run folder")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the files")
    command.add_argument(
        "--format",
        type=names,
        default=("csv", "latex", "svg"),
        metavar="NAMES",
        help="of csv, latex, svg, png (default: csv,latex,svg; png needs the extra png)",
    )


def run(options: argparse.Namespace) -> int:
    """Write tables, figures, a methods paragraph and its references into a folder."""
    from ...reports import export_report

    written = export_report(options.run_folder, options.out, options.format)
    log.info("%d files: %s", len(written), options.out)
    return DONE
