"""The ``poregrove`` command: one parser over all verbs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ... import __version__
from ..execution import console
from . import (
    audit,
    bench,
    compare,
    demo,
    enter,
    export,
    extract,
    folds,
    init,
    merge,
    plot,
    predict,
    report,
    sample,
    self_check,
    serve,
    simulate,
    targets,
)

VERBS = (
    compare,
    merge,
    self_check,
    audit,
    targets,
    enter,
    extract,
    plot,
    folds,
    init,
    report,
    predict,
    export,
    serve,
    simulate,
    bench,
    sample,
    demo,
)
"""Every verb, in the order of the help."""

_EXIT_CODES = "exit codes: 0 done, 1 failed, 2 wrong usage or unreadable input"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is 0 done, 1 failed, 2 wrong usage or unreadable input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(words)
    options.words = ["poregrove", *words]
    with console.speaking(quiet=options.quiet):
        return console.exit_code(options.run, options, words=options.words)


def parser() -> argparse.ArgumentParser:
    """The whole command line as one parser."""
    top = argparse.ArgumentParser(
        prog="poregrove",
        description="Honest baselines for 3D battery electrodes: descriptors, boosters, identical folds, one report.",
        epilog=_EXIT_CODES,
    )
    top.add_argument("--version", action="version", version=f"poregrove {__version__}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        verb.add(verbs)
    for command in verbs.choices.values():
        command.add_argument("--quiet", action="store_true", help="warnings and errors only")
        command.epilog = _EXIT_CODES
    return top


if __name__ == "__main__":
    raise SystemExit(main())
