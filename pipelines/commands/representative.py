"""``poregrove representative``: what one volume can be trusted for."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..execution import console
from .options import (
    DONE,
    Subparsers,
    add_device_option,
    add_plugin_option,
    add_setting_options,
    add_verb,
    add_volume_options,
    names,
    on_its_device,
    phases_of,
    settings_of,
)

log = logging.getLogger(__name__)

_SUFFIXES = (".csv", ".html", ".svg", ".parquet")


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(
        verbs, "representative", run, "tell what one volume can be trusted for, and the size that would do"
    )
    command.add_argument("volume", type=Path, metavar="VOLUME", help="file of any format that is read")
    command.add_argument("--columns", type=names, metavar="NAMES", help="descriptors, families and patterns")
    command.add_argument(
        "--phases", metavar="NAME=VALUE,...", help="grey values of several phases, as in pore=0,active=85+90,binder=170"
    )
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="table (.csv, .parquet), page (.html) or figure (.svg) (default: as text)",
    )
    add_volume_options(command)
    add_plugin_option(command)
    add_setting_options(command)
    add_device_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Print or write the numbers of one volume with their intervals and spreads."""
    from ...features.representativity.represent import DEFAULT_COLUMNS
    from ..extraction.representativity import as_text, represent, write
    from ..runs.atomic import check_suffix

    if options.out is not None:
        check_suffix(options.out, _SUFFIXES)
    found = represent(
        options.volume,
        settings_of(options).volume,
        phases=None if options.phases is None else phases_of(options.phases),
        columns=DEFAULT_COLUMNS if options.columns is None else options.columns,
        device=options.device,
    )
    if options.out is None:
        console.say(as_text(found))
        return DONE
    write(options.out, found, options.volume.name)
    log.info("%d descriptors: %s", len(found.columns), options.out)
    return DONE
