"""``poregrove descriptors``: every descriptor with its unit, meaning and bounds, when it is undefined and where it is from."""

from __future__ import annotations

import argparse

from ..execution import console
from .options import DONE, Subparsers, add_verb


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "descriptors", run, "list descriptors with unit, meaning, bounds and reference")
    command.add_argument(
        "patterns",
        nargs="*",
        metavar="PATTERN",
        help="columns, families or patterns such as 'tortuosity_*' (default: all)",
    )
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--markdown", action="store_true", help="as a table in Markdown")


def run(options: argparse.Namespace) -> int:
    """Print the descriptors."""
    from ...features.description import descriptors, wanted_columns
    from .descriptor_lists import as_json, as_markdown, as_text

    columns = wanted_columns((), tuple(options.patterns)) if options.patterns else descriptors()
    form = as_json if options.json else as_markdown if options.markdown else as_text
    console.say(form(columns))
    return DONE
