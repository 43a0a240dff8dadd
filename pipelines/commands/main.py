"""The ``poregrove`` command: one parser over all verbs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from ... import __version__
from ...errors import did_you_mean
from ..execution import console
from . import (
    audit,
    bench,
    cache,
    compare,
    completion,
    demo,
    descriptors,
    enter,
    export,
    export_report,
    extract,
    fields,
    folds,
    init,
    merge,
    plot,
    predict,
    report,
    representative,
    sample,
    self_check,
    serve,
    settings,
    show_help,
    simulate,
    targets,
)
from .options import with_plugins

VERBS = (
    compare,
    merge,
    self_check,
    audit,
    targets,
    enter,
    extract,
    plot,
    representative,
    fields,
    folds,
    init,
    report,
    export_report,
    predict,
    export,
    serve,
    simulate,
    settings,
    descriptors,
    cache,
    bench,
    sample,
    demo,
    completion,
    show_help,
)
"""Every verb, in the order of the help."""

_EXIT_CODES = "exit codes: 0 done, 1 failed, 2 wrong usage or unreadable input"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is 0 done, 1 failed, 2 wrong usage or unreadable input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    top = parser()
    _refuse_unknown_verb(top, words)
    options = top.parse_args(words)
    options.words = ["poregrove", *words]
    with console.speaking(quiet=options.quiet):
        return console.exit_code(with_plugins(options.run), options, words=options.words)


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


def verbs_of(top: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parser of each verb by its name."""
    (verbs,) = (action.choices for action in top._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001  argparse tells it no other way
    return dict(verbs)


def _refuse_unknown_verb(top: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """End as argparse does where the first word is no verb, with the one that is nearest."""
    known = verbs_of(top)
    if words and not words[0].startswith("-") and words[0] not in known:
        hint = did_you_mean(words[0], known) or ";"
        top.error(f"unknown verb {words[0]!r}{hint} verbs: {', '.join(known)}")


if __name__ == "__main__":
    raise SystemExit(main())
