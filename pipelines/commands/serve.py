"""``poregrove serve``: answer predictions over HTTP (extra serve)."""

from __future__ import annotations

import argparse
import logging

from .options import (
    DONE,
    Subparsers,
    add_bundle_option,
    add_device_option,
    add_plugin_option,
    add_verb,
    count,
    on_its_device,
)

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "serve", run, "answer predictions over HTTP (extra serve)")
    add_bundle_option(command)
    add_plugin_option(command)
    command.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine alone)"
    )
    command.add_argument("--port", type=count, default=8000, help="port to listen on (default: 8000)")
    command.add_argument("--max-megabytes", type=count, default=512, metavar="N", help="largest request (default: 512)")
    add_device_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Answer predictions over HTTP until interrupted."""
    from ..bundle.http import serve as run

    run(
        options.bundle,
        host=options.host,
        port=options.port,
        device=options.device,
        max_megabytes=options.max_megabytes,
    )
    return DONE
