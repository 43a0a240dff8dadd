"""``poregrove export``: write the models of a bundle as ONNX files."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from .options import DONE, Subparsers, add_bundle_option, add_plugin_option, add_verb, names

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "export", run, "write the models of a bundle as ONNX files")
    add_bundle_option(command)
    add_plugin_option(command)
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    command.add_argument(
        "--models", type=names, default=(), metavar="NAMES", help="default: all that have an ONNX form"
    )


def run(options: argparse.Namespace) -> int:
    """Write the models of a bundle as ONNX files, each tried against its original."""
    from ..bundle.bundle import load_bundle
    from ..bundle.onnx import export_onnx

    found = export_onnx(load_bundle(options.bundle), options.out, models=options.models)
    worst = max(item.deviation for item in found.done)
    log.info(
        "%d ONNX files, %d models without, largest deviation %.1e of the spread of predictions: %s",
        len(found.done),
        len(found.without),
        worst,
        options.out,
    )
    return DONE
