"""``poregrove audit``: say what is wrong or weak about a data set."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..execution import console
from .options import (
    DONE,
    Subparsers,
    add_contract_option,
    add_data_options,
    add_setting_options,
    add_verb,
    add_verify_option,
    add_volume_options,
    add_workers_option,
    contract_of,
    settings_of,
)

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "audit", run, "say what is wrong or weak about a data set")
    add_data_options(command)
    add_contract_option(command)
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the findings as JSON")
    add_volume_options(command)
    add_verify_option(command)
    add_setting_options(command)
    add_workers_option(command)


def run(options: argparse.Namespace) -> int:
    """Print the findings; writes JSON where asked."""
    from ..audit import as_json, text
    from ..audit.inspection import inspect_dataset
    from ..runs.atomic import write_json

    with console.progress("reading", "row") as reading, console.progress("looking", "volume") as progress:
        seen = inspect_dataset(
            options.data,
            settings_of(options),
            images=options.images,
            labels=options.labels,
            contract=contract_of(options),
            verify=options.verify,
            workers=options.workers,
            reading=reading,
            progress=progress,
        )
    findings = seen.findings()
    console.say(text(findings))
    if options.json:
        write_json(options.json, as_json(findings))
    return DONE
