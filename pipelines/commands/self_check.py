"""``poregrove self-check``: try the folds with targets that only a leak predicts, and the verdict with permuted images."""

from __future__ import annotations

import argparse
import logging

from ..execution import console
from .options import DONE, Subparsers, add_verb

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    add_verb(verbs, "self-check", run, "try the folds with targets that only a leak predicts, and the verdict")


def run(options: argparse.Namespace) -> int:
    """Print the results of the probes; RunError, and so exit code 1, where one fails."""
    from ..scoring.image_probe import check_image, image_lines, refuse_false_gains
    from ..training.self_check import check_folds, refuse_leaks, table

    del options
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    gains = check_image()
    console.say(f"\n{image_lines(gains)}")
    refuse_false_gains(gains)
    return DONE
