"""``poregrove simulate``: make a data set: generated volumes, cells by PyBaMM."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..execution import console
from .options import DONE, Subparsers, add_verb, add_workers_option, count

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "simulate", run, "make a data set: generated volumes, cells by PyBaMM")
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--volumes", type=count, default=64, metavar="N", help="number of volumes (default: 64)")
    command.add_argument("--designs", type=count, default=36, metavar="N", help="number of designs (default: 36)")
    command.add_argument("--size", type=count, default=64, metavar="VOXELS", help="edge of a volume (default: 64)")
    command.add_argument(
        "--rows-per-volume", type=count, default=8, metavar="N", help="designs of each volume (default: 8)"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="random seed (default: 0)")
    add_workers_option(command, default=1)


def run(options: argparse.Namespace) -> int:
    """Make a simulated data set."""
    from ..simulate.simulate import simulate as make

    with console.progress("simulate", "row") as progress:
        make(
            options.out,
            volumes=options.volumes,
            designs=options.designs,
            size=options.size,
            seed=options.seed,
            rows_per_volume=options.rows_per_volume,
            workers=options.workers,
            progress=progress,
        )
    log.info("data set: %s", options.out)
    return DONE
