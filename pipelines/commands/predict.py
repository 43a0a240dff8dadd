"""``poregrove predict``: predict new volumes and designs, with intervals."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..execution import console
from .options import (
    DONE,
    FAILED,
    TABLE_HELP,
    Subparsers,
    add_bundle_option,
    add_device_option,
    add_file_options,
    add_plugin_option,
    add_verb,
    add_verify_option,
    add_workers_option,
    on_its_device,
    reading_of,
)

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "predict", run, "predict new volumes and designs, with intervals")
    add_bundle_option(command)
    command.add_argument(
        "data", type=Path, metavar="DATA", help="data set (no targets needed), volume or folder of them"
    )
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help=TABLE_HELP)
    command.add_argument("--designs", type=Path, metavar="TABLE", help="CSV or Parquet of scalars, for volumes")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of a data set's volumes")
    command.add_argument("--pore", metavar="VALUE[,VALUE]", help="grey values that are pore, if not as in training")
    add_file_options(command)
    command.add_argument("--model", default="best", metavar="NAME", help="model to predict with (default: best)")
    command.add_argument("--level", type=float, default=0.9, help="level of the intervals (default: 0.9)")
    add_plugin_option(command)
    add_verify_option(command)
    add_device_option(command)
    add_workers_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Write predictions with intervals; ends with exit code 1 where a row has none, as its reason says."""
    from ..bundle.predict_files import predict_data_set

    with console.progress("predict", "volume") as progress:
        table = predict_data_set(
            options.bundle,
            options.data,
            options.out,
            designs=options.designs,
            images=options.images,
            pore=options.pore,
            reading=reading_of(options),
            model=options.model,
            level=options.level,
            verify=options.verify,
            device=options.device,
            workers=options.workers,
            progress=progress,
        )
    unanswered = table["reason"].notna()
    in_part = int((table.filter(regex="_reason$").notna().any(axis=1) & ~unanswered).sum())
    more = f", {in_part} that lack a target or its interval, as its reason says" if in_part else ""
    log.info("%d rows, %d without an answer%s: %s", len(table), unanswered.sum(), more, options.out)
    return FAILED if unanswered.any() else DONE
