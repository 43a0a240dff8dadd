"""``poregrove settings``: every setting with its default, or those of a run, as a settings file."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..execution import console
from .options import DONE, Subparsers, add_verb


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(
        verbs, "settings", run, "print every setting with its default and meaning, to be used as --config"
    )
    command.add_argument(
        "sections", nargs="*", metavar="SECTION", help="sections, as in comparison or 'model.xgboost*' (default: all)"
    )
    command.add_argument("--of", type=Path, metavar="RUN", help="settings of a run instead of the defaults")


def run(options: argparse.Namespace) -> int:
    """Print the settings as TOML."""
    from ..runs.finished import Run
    from .settings_lists import settings_text

    given = None if options.of is None else Run(options.of).settings
    console.say(settings_text(given, options.sections).rstrip())
    return DONE
