"""``poregrove plot``: two columns of a table against each other, as an SVG file."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from .options import DONE, Subparsers, add_verb

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "plot", run, "plot two columns of a table, as of extract or predict, into an SVG file")
    command.add_argument("table", type=Path, metavar="TABLE", help="table as .parquet, .csv, .feather or .arrow")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.svg", help="picture")
    command.add_argument("--x", metavar="COLUMN", default="porosity", help="column along x (default: porosity)")
    command.add_argument(
        "--y", metavar="COLUMN", default="tortuosity_factor_z", help="column along y (default: tortuosity_factor_z)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the picture; rows without a number in either column are left out and counted in the log."""
    from ...errors import SettingsError
    from ...reports.figures.scatter import scatter_file
    from ..runs.atomic import write_text
    from ..tables.number_columns import number_columns

    if options.out.suffix != ".svg":
        raise SettingsError(f"--out {options.out}: expected a file that ends in .svg")
    columns = number_columns(options.table, (options.x, options.y))
    shown = columns.dropna()
    if shown.empty:
        raise SettingsError(f"{options.table}: no row has a number in both {options.x} and {options.y}")
    write_text(options.out, scatter_file(shown[options.x].tolist(), shown[options.y].tolist(), options.x, options.y))
    log.info("%d points, %d rows without a number: %s", len(shown), len(columns) - len(shown), options.out)
    return DONE
