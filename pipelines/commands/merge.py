"""``poregrove merge``: put the parts of compare --shard or extract --shard together."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from .options import (
    DONE,
    Subparsers,
    add_device_option,
    add_engine_options,
    add_memory_option,
    add_plugin_option,
    add_verb,
    add_workers_option,
    workers_of,
)

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "merge", run, "put the parts of compare --shard or extract --shard together")
    command.add_argument("whole", type=Path, metavar="RUN|FILE", help="the --out of the commands that made the parts")
    add_memory_option(command)
    add_plugin_option(command)
    add_device_option(command)
    add_workers_option(command)
    add_engine_options(command)


def run(options: argparse.Namespace) -> int:
    """Put the parts of a run or of a table together."""
    from ..execution.shards import is_table
    from .merging import merge_extractions, merge_runs

    if is_table(options.whole):
        log.info("%d volumes: %s", merge_extractions(options.whole), options.whole)
        return DONE
    with workers_of(options) as workers:
        report = merge_runs(
            options.whole, workers=workers, device=options.device, memory=options.memory, command=options.words
        )
    log.info("report: %s", report)
    return DONE
