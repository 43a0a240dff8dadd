"""``poregrove self-check``: try the folds with leak probes: targets that only a leak predicts."""

from __future__ import annotations

import argparse
import logging

from ..execution import console
from .options import DONE, Subparsers, add_verb

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    add_verb(verbs, "self-check", run, "try the folds with leak probes: targets that only a leak predicts")


def run(options: argparse.Namespace) -> int:
    """Print the results of the leak probes; RunError, and so exit code 1, where one fails."""
    from ..training.self_check import check_folds, refuse_leaks, table

    del options
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    return DONE
