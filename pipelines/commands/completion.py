"""``poregrove completion``: a script that completes verbs and options in a shell."""

from __future__ import annotations

import argparse

from ...errors import MissingExtraError
from ..execution import console
from .options import DONE, Subparsers, add_verb

SHELLS = ("bash", "zsh", "tcsh")


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(
        verbs, "completion", run, 'print a script that completes verbs and options: eval "$(poregrove completion bash)"'
    )
    command.add_argument("shell", choices=SHELLS, help="shell that the script is for")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    from .main import parser  # it lists this verb

    try:
        import shtab
    except ImportError as error:
        raise MissingExtraError("shtab", "completion", "poregrove completion") from error
    console.say(shtab.complete(parser(), shell=options.shell))
    return DONE
