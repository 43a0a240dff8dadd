"""``poregrove targets``: compute the ten targets of every row."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..execution import console
from .options import DONE, TABLE_HELP, Subparsers, add_data_options, add_setting_options, add_verb, settings_of

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "targets", run, "compute the ten targets of every row")
    add_data_options(command)
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help=TABLE_HELP)
    add_setting_options(command)


def run(options: argparse.Namespace) -> int:
    """Write the target table."""
    from ..data.dataset import open_dataset
    from ..data.observations import observe
    from ..data.target_table import target_table, write_target_table
    from ..runs.atomic import check_table_suffix

    check_table_suffix(options.out)
    settings = settings_of(options)
    dataset = open_dataset(options.data, images=options.images, labels=options.labels)
    with console.progress("targets", "row") as progress:
        observations = observe(dataset, settings.target, progress=progress)
    table = target_table(observations)
    write_target_table(table, options.out)
    log.info("%d rows: %s", len(table), options.out)
    return DONE
