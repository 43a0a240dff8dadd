"""The page of the command line: every verb with its arguments and options, from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..commands.main import parser
from ..runs.markdown import table


def command_page() -> str:
    """Every verb in the order of the help: what it does, what it is given, and its options."""
    lines = [
        "# The command line",
        "",
        "`poregrove VERB --help` prints the same. Exit codes: 0 done, 1 failed, 2 wrong usage or unreadable input.",
        "",
    ]
    for name, text, command in _verbs(parser()):
        arguments = [action for action in command._actions if not isinstance(action, argparse._HelpAction)]  # noqa: SLF001  argparse shows them no other way
        lines += [
            f"## `{name}`",
            "",
            f"{text[0].upper()}{text[1:]}.",
            "",
            "```text",
            _usage(name, arguments),
            "```",
            "",
        ]
        lines += [*table(("argument", "meaning"), ((_spelling(item), _meaning(item)) for item in arguments)), ""]
    return "\n".join(lines)


def _verbs(top: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Name, line of the help and parser of each verb."""
    (verbs,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001  argparse shows them no other way
    for line in verbs._choices_actions:  # noqa: SLF001  as above
        yield line.dest, str(line.help), verbs.choices[line.dest]


def _usage(name: str, arguments: list[argparse.Action]) -> str:
    given = [_word(item) for item in arguments if not item.option_strings]
    needed = [f"{item.option_strings[-1]} {_word(item)}" for item in arguments if item.option_strings and item.required]
    return " ".join(["poregrove", name, *given, *needed, "[options]"])


def _word(action: argparse.Action) -> str:
    """What stands for the value: its metavar, its choices, or its name."""
    if action.metavar is not None:
        shown = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar
    elif action.choices is not None:
        shown = "|".join(map(str, action.choices))
    else:
        shown = action.dest.upper() if action.option_strings else action.dest
    return {"+": f"{shown} [{shown} ...]", "*": f"[{shown} ...]", "?": f"[{shown}]"}.get(str(action.nargs), shown)


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{_word(action)}`"
    value = "" if action.nargs == 0 else f" {_word(action)}"
    return ", ".join(f"`{word}{value}`" for word in action.option_strings)


def _meaning(action: argparse.Action) -> str:
    text = str(action.help or "").replace("%%", "%")
    return f"{text} (required)".strip() if action.option_strings and action.required else text
