"""``poregrove cache``: where descriptors, what was read of data sets, and compiled kernels are kept, and how large that is."""

from __future__ import annotations

import argparse
import logging

from ..execution import console
from .options import DONE, Subparsers, add_verb

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "cache", run, "say where descriptors, data once read and compiled kernels are kept")
    command.add_argument(
        "--clear", action="store_true", help="remove what is kept; it is computed again where it is needed"
    )


def run(options: argparse.Namespace) -> int:
    """Say what is kept, or remove it."""
    from ...features.cache_folders import cache_folders
    from ...reports.format import plural, size

    for item in cache_folders():
        if options.clear:
            log.info("%s: removed %s from %s", item.name, plural(item.clear(), "file"), item.folder)
        else:
            count, total = item.size()
            console.say(f"{item.name}: {item.folder}, {plural(count, 'file')}, {size(total)}")
    return DONE
