"""``poregrove folds``: write the folds of a comparison, to train a network of your own on."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..execution import console
from .options import (
    DONE,
    Subparsers,
    add_contract_option,
    add_data_options,
    add_fold_options,
    add_plugin_option,
    add_setting_options,
    add_verb,
    add_verify_option,
    add_volume_options,
    add_workers_option,
    contract_of,
    settings_of,
)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "folds", run, "write the folds of a comparison, to train a network of your own on")
    add_data_options(command)
    add_contract_option(command)
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of rows.parquet and folds.parquet"
    )
    add_fold_options(command)
    add_volume_options(command)
    add_plugin_option(command)
    add_verify_option(command)
    add_setting_options(command)
    add_workers_option(command)


def run(options: argparse.Namespace) -> int:
    """Write rows.parquet, folds.parquet and README.md, of the very rows and folds that a comparison with these options has."""
    from ..extraction.fold_files import fold_files

    settings, contract = settings_of(options), contract_of(options)
    places = {"images": options.images, "labels": options.labels}
    with console.progress("reading", "row") as reading, console.progress("looking", "volume") as progress:
        fold_files(
            options.data,
            options.out,
            settings,
            **places,
            contract=contract,
            verify=options.verify,
            workers=options.workers,
            reading=reading,
            progress=progress,
        )
    return DONE
