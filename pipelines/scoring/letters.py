"""Compact letters: which entries of a ranking the comparison cannot distinguish.

Two entries share a letter exactly where their difference did not stand. The columns of the display come
from insert-and-absorb (Piepho 2004, doi:10.1198/1061860043515): one column holds all entries; each pair that
differs splits every column that holds both into one without either; a column within another goes.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Entry = tuple[str, str]
"""(model, features)."""


def letter_rows(
    differences: Iterable[Mapping[str, Any]], scores: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Rows of ``schema.LETTERS``: entries of each target and regime, the best first, by R2 on the scale compared.

    ``differences`` carry their verdicts; what is ``undetermined`` did not differ.
    """
    r2 = {
        (row["target"], row["regime"], row["scale"], (row["model"], row["features"])): row["value"]
        for row in scores
        if row["metric"] == "r2"
    }
    pairs: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in differences:
        pairs[row["target"], row["regime"], row["scale"]].append(row)
    for (target, regime, scale), found in pairs.items():
        sides = [((row["model_a"], row["features_a"]), (row["model_b"], row["features_b"])) for row in found]
        entries = dict.fromkeys(entry for pair in sides for entry in pair)
        ranked = sorted(entries, key=lambda entry: -r2[target, regime, scale, entry])
        differ = [pair for pair, row in zip(sides, found, strict=True) if row["verdict"] != "undetermined"]
        for (model, features), letters in compact_letters(ranked, differ).items():
            yield {
                "target": target,
                "model": model,
                "features": features,
                "regime": regime,
                "scale": scale,
                "letters": letters,
                "value": r2[target, regime, scale, (model, features)],
            }


def compact_letters(ranked: Sequence[Entry], differ: Iterable[tuple[Entry, Entry]]) -> dict[Entry, str]:
    """Letters of each entry, in the order given; ``a`` goes to the column that reaches furthest up."""
    place = {entry: number for number, entry in enumerate(ranked)}
    columns = [frozenset(place.values())]
    for one, other in sorted((place[a], place[b]) for a, b in differ):
        columns = _absorbed(_split(columns, one, other))
    columns.sort(key=sorted)
    return {
        entry: "".join(_letter(number) for number, column in enumerate(columns) if place[entry] in column)
        for entry in ranked
    }


def _split(columns: Iterable[frozenset[int]], one: int, other: int) -> list[frozenset[int]]:
    """Columns none of which holds both."""
    parts: list[frozenset[int]] = []
    for column in columns:
        parts += [column - {one}, column - {other}] if {one, other} <= column else [column]
    return parts


def _absorbed(columns: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """The columns without those that lie within another."""
    distinct = list(dict.fromkeys(columns))
    return [column for column in distinct if not any(column < other for other in distinct)]


def _letter(number: int) -> str:
    """Small letters, capitals, then the same with a figure behind."""
    turn, at = divmod(number, len(string.ascii_letters))
    return string.ascii_letters[at] + (str(turn + 1) if turn else "")
