"""``poregrove enter``: add predictions made elsewhere to a finished run."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from .options import DONE, Subparsers, add_memory_option, add_verb, add_workers_option

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(
        verbs, "enter", run, "add predictions made elsewhere to a finished run, without fitting anything"
    )
    command.add_argument("run_folder", type=Path, metavar="RUN", help="finished run")
    command.add_argument(
        "entries",
        nargs="+",
        metavar="NAME=FILE",
        help="file or folder of predictions; NAME:without-image=FILE beside it",
    )
    command.add_argument("--replace", action="store_true", help="replace an existing entry of that name")
    add_memory_option(command)
    add_workers_option(command)


def run(options: argparse.Namespace) -> int:
    """Check, add, score and report."""
    from ..scoring.entering import enter

    report = enter(
        options.run_folder,
        options.entries,
        replace=options.replace,
        workers=options.workers,
        memory=options.memory,
        command=options.words,
    )
    log.info("report: %s", report)
    return DONE
