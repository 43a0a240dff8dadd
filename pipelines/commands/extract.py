"""``poregrove extract``: compute descriptors of volumes (TIFF and others), folders or a data set."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..execution import console
from ..execution.shards import Shard
from .options import (
    DONE,
    FAILED,
    TABLE_HELP,
    Subparsers,
    add_device_option,
    add_engine_options,
    add_plugin_option,
    add_setting_options,
    add_shard_option,
    add_verb,
    add_verify_option,
    add_volume_options,
    add_workers_option,
    names,
    on_its_device,
    phases_of,
    settings_of,
    workers_of,
)

log = logging.getLogger(__name__)

_NAMES_SHOWN = 10


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "extract", run, "compute descriptors of TIFF files, folders or a data set")
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help=TABLE_HELP)
    command.add_argument("--tiers", type=names, default=("morphology", "transport"), metavar="NAMES")
    command.add_argument("--columns", type=names, metavar="NAMES", help="only these and what they need")
    command.add_argument(
        "--phases", metavar="NAME=VALUE,...", help="grey values of several phases, as in pore=0,active=85+90,binder=170"
    )
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of a data set's volumes")
    add_volume_options(command)
    add_plugin_option(command)
    add_verify_option(command)
    add_setting_options(command)
    add_device_option(command)
    add_workers_option(command)
    add_engine_options(command)
    add_shard_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Write descriptors; ends with exit code 1 and a list where a file could not be described."""
    from ..extraction.extract import extract_paths
    from ..runs.atomic import check_table_suffix

    check_table_suffix(options.out)
    shard = Shard.parse(options.shard) if options.shard else None
    out = shard.place(options.out) if shard else options.out
    with workers_of(options) as workers, console.progress("extract", "volume") as progress:
        extraction = extract_paths(
            options.paths,
            settings=settings_of(options).volume,
            phases=None if options.phases is None else phases_of(options.phases),
            tiers=options.tiers,
            columns=options.columns,
            images=options.images,
            verify=options.verify,
            device=options.device,
            workers=workers,
            shard=shard,
            progress=progress,
        )
    extraction.write(out)
    failures = extraction.failures
    if options.pore is None and options.phases is None:
        taken = sorted(extraction.frame["pore_value"].dropna().unique())
        log.info("pore: %s, not named (--pore names it)", ", ".join(taken) if taken else "none")
    log.info("%d volumes, %d failed: %s", len(extraction.frame), len(failures), out)
    for reason in failures["reason"].head(_NAMES_SHOWN):
        log.error("%s", reason)
    if len(failures) > _NAMES_SHOWN:
        log.error("and %d more: rows with status failed", len(failures) - _NAMES_SHOWN)
    return FAILED if len(failures) else DONE
