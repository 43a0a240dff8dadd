"""``poregrove bench``: times and errors side by side with the peers that are installed."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ...errors import SettingsError
from ..execution import console
from .options import DONE, Subparsers, add_verb, count, names, on_its_device

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "bench", run, "times and errors side by side with the peers that are installed")
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    command.add_argument(
        "--sizes",
        type=names,
        default=("64", "128", "200"),
        metavar="N,N",
        help="edges of the volumes (default: 64,128,200)",
    )
    command.add_argument("--repeats", type=count, default=3, metavar="N", help="repeats of each call (default: 3)")
    command.add_argument("--no-reference", action="store_true", help="skip the float64 solutions, and so the errors")
    command.add_argument("--no-peers", action="store_true", help="time this project alone")
    command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="device to time (default: cpu)")


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Print times and errors beside the peers'."""
    from ..bench import PREFERRED, cuda_table, run_bench, run_cuda_bench, table
    from ..runs.atomic import write_json

    sizes = tuple(_whole(size) for size in options.sizes)
    if options.device == "cuda":
        size = PREFERRED if PREFERRED in sizes else max(sizes, default=0)
        result = run_cuda_bench(size=size, peers=not options.no_peers, repeats=options.repeats)
        console.say(cuda_table(result))
    else:
        result = run_bench(
            sizes=sizes,
            peers=not options.no_peers,
            repeats=options.repeats,
            reference=not options.no_reference,
        )
        console.say(table(result))
    if options.json:
        write_json(options.json, result)
    return DONE


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"--sizes expects whole numbers such as 64,128, got {text!r}") from error
