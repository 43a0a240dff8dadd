"""``poregrove help``: the help of a verb, or of the whole command."""

from __future__ import annotations

import argparse

from ...errors import SettingsError, did_you_mean
from .options import DONE, Subparsers, add_verb


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "help", run, "show the help of a verb")
    command.add_argument("verb", nargs="?", metavar="VERB", help="verb (default: all of them, a line each)")


def run(options: argparse.Namespace) -> int:
    """Print it."""
    from .main import parser, verbs_of  # they list this verb

    top = parser()
    known = verbs_of(top)
    if options.verb is not None and options.verb not in known:
        hint = did_you_mean(options.verb, known) or ";"
        raise SettingsError(f"unknown verb {options.verb!r}{hint} verbs: {', '.join(known)}")
    (top if options.verb is None else known[options.verb]).print_help()
    return DONE
