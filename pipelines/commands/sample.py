"""``poregrove sample``: a copy of the shipped sample to try things on."""

from __future__ import annotations

import argparse
import logging
import shutil
from pathlib import Path

from ...errors import DataSetError
from ..simulate.sample import sample_folder
from .options import DONE, Subparsers, add_verb

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "sample", run, "copy the shipped sample, 64 volumes and 491 rows, into a folder")
    command.add_argument("--out", type=Path, default=Path("sample"), metavar="DIR", help="new folder (default: sample)")


def run(options: argparse.Namespace) -> int:
    """Copy tables and volumes; a folder that is there is left alone, with exit code 2."""
    if options.out.exists():
        raise DataSetError(f"{options.out}: expected a folder that is not there yet")
    shutil.copytree(sample_folder(), options.out)
    log.info("sample: %s", options.out)
    return DONE
