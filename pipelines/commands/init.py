"""``poregrove init``: write a first contract for own data."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ...errors import SettingsError
from .options import DONE, Subparsers, add_data_options, add_verb, names

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "init", run, "write a first contract: which columns are inputs and targets, and why")
    add_data_options(command)
    command.add_argument("--out", type=Path, required=True, metavar="FILE.toml")
    command.add_argument(
        "--targets", type=names, default=(), metavar="COLUMNS", help="columns to predict, * and ? allowed"
    )


def run(options: argparse.Namespace) -> int:
    """Write the contract and log the values that must be edited in it."""
    from ..data.contract_guess import guess_contract
    from ..runs.atomic import check_suffix, write_text

    check_suffix(options.out, (".toml",))
    if options.out.exists():
        raise SettingsError(f"{options.out}: is there already, and may have been edited; choose another --out")
    made = guess_contract(options.data, targets=options.targets, images=options.images, labels=options.labels)
    write_text(options.out, made.text())
    inputs, targets = (sum(name.startswith(kind) for name in made.sections) for kind in ("inputs.", "targets."))
    log.info(
        "%s: %d inputs, %d targets, %d columns left out, each with its reason",
        options.out, inputs, targets, len(made.left_out),
    )  # fmt: skip
    if made.to_edit:
        log.warning("to be edited before it can be used: %s", ", ".join(made.to_edit))
    return DONE
