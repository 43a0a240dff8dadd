"""Runs on the same data side by side: their settings that differ, and the differences of their scores."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...errors import RunError
from ..format import plural, word
from ..tables import Cell, Run, records
from .choice import choice
from .context import Context, RegimeInfo, TargetInfo, build_context
from .cost import cost
from .estimate import MISSING, Estimate, Sign, estimate, judged
from .provenance import Provenance, provenance
from .verdict import Candidate, candidate_of

ABSENT = "not set"


@dataclass(frozen=True)
class Contestant:
    """One run: its letter on the page, its identity, and its cost."""

    letter: str
    provenance: Provenance
    n_models: int
    n_cells: int
    wall: float


@dataclass(frozen=True)
class Setting:
    """A setting or a package version in which the runs differ, one text a run."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """A candidate of one run, with its scores and its difference to the first run's; ``reason`` where it is not paired."""

    letter: str
    candidate: Candidate | None
    skill: Estimate
    r2: Estimate
    difference: Estimate
    sign: Sign
    reason: str


@dataclass(frozen=True)
class Match:
    """One target under one regime: the best candidate of each run."""

    target: TargetInfo
    regime: RegimeInfo
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Versus:
    """Contents of the page that compares runs."""

    headline: str
    digest: str
    runs: tuple[Contestant, ...]
    settings: tuple[Setting, ...]
    matches: tuple[Match, ...]
    common: tuple[Match, ...]
    paired: bool


def check_same_data(runs: Sequence[Run]) -> str:
    """The data digest of all runs; RunError naming two runs and their digests where they differ or have none."""
    told = [str((run.manifest.get("data") or {}).get("digest") or "") for run in runs]
    for run, digest in zip(runs, told, strict=True):
        if not digest:
            raise RunError(
                f"{run.path / 'manifest.json'}: no data digest, so it cannot be told whether runs share their data"
            )
        if digest != told[0]:
            raise RunError(
                f"runs on different data cannot be compared: {runs[0].path} has the data digest {told[0]}, {run.path} has {digest}"
            )
    return told[0]


def best_cells(run: Run) -> Mapping[tuple[str, str], tuple[str, str]]:
    """(model, features) of the best candidate by target and headline regime."""
    context = build_context(run)
    found = {}
    for target in context.targets:
        regime = context.headline_regime(target)
        best = choice(context, target, regime) if regime else None
        if best and regime:
            found[target.name, regime] = (best.cell.model, best.cell.features)
    return found


def versus(runs: Sequence[Run], differences: pd.DataFrame) -> Versus:
    """The comparison of ``runs`` with the first; ``differences`` are rows of ``schema.RUN_DIFFERENCES``.

    Raises RunError as ``check_same_data``.
    """
    digest = check_same_data(runs)
    contexts = [build_context(run) for run in runs]
    letters = string.ascii_uppercase[: len(runs)]
    table = {
        (row["run"], row["kind"], row["target"], row["regime"], row["model_b"], row["features_b"]): row
        for row in records(differences)
    }
    matches = tuple(
        Match(target, contexts[0].regime(regime), _sides(contexts, letters, target, regime, table))
        for target in contexts[0].targets
        if (regime := contexts[0].headline_regime(target))
    )
    return Versus(
        headline=_headline(matches, letters),
        digest=digest,
        runs=tuple(_contestant(context, letter) for context, letter in zip(contexts, letters, strict=True)),
        settings=_settings(runs),
        matches=matches,
        common=tuple(_common(contexts, letters, table)),
        paired=any(row["difference"] == row["difference"] for row in table.values()),
    )


def _contestant(context: Context, letter: str) -> Contestant:
    return Contestant(
        letter, provenance(context), len(context.models), sum(map(len, context.cells.values())), cost(context).wall
    )


def _sides(
    contexts: Sequence[Context], letters: str, target: TargetInfo, regime: str, table: Mapping[Any, Mapping[str, Any]]
) -> tuple[Side, ...]:
    sides = []
    for number, (context, letter) in enumerate(zip(contexts, letters, strict=True)):
        own = next((item for item in context.targets if item.name == target.name), None)
        cells = context.candidates(own, regime) if own else ()
        sides.append(_side(context, letter, target, cells[0] if cells else None, (number, "best", table)))
    return tuple(sides)


def _common(contexts: Sequence[Context], letters: str, table: Mapping[Any, Mapping[str, Any]]) -> Sequence[Match]:
    """Every candidate that all runs have, under the headline regimes of the first."""
    first, found = contexts[0], []
    for target in first.targets:
        regime = first.headline_regime(target)
        shared = [set(context.cells.get((target.name, regime or ""), ())) for context in contexts]
        for cell in first.candidates(target, regime) if regime else ():
            if all(cell in cells for cells in shared):
                sides = tuple(
                    _side(context, letter, target, cell, (number, "same", table))
                    for number, (context, letter) in enumerate(zip(contexts, letters, strict=True))
                )
                found.append(Match(target, first.regime(cell.regime), sides))
    return found


def _side(
    context: Context,
    letter: str,
    target: TargetInfo,
    cell: Cell | None,
    where: tuple[int, str, Mapping[Any, Mapping[str, Any]]],
) -> Side:
    number, kind, table = where
    if cell is None:
        return Side(letter, None, MISSING, MISSING, MISSING, "undetermined", "no candidate")
    row = table.get((number, kind, target.name, cell.regime, cell.model, cell.features))
    difference = estimate(row, "difference") if row else MISSING
    return Side(
        letter=letter,
        candidate=candidate_of(context, cell),
        skill=context.estimate(cell, "skill", target.scale),
        r2=context.estimate(cell, "r2", target.scale),
        difference=difference,
        sign=judged(difference, row["verdict"]) if row else "undetermined",
        reason=str(row["reason"] or "") if row else "no predictions to pair",
    )


def _settings(runs: Sequence[Run]) -> tuple[Setting, ...]:
    """Settings, then package versions, that are not the same in all runs."""
    found = []
    for prefix, key in (("", "settings"), ("package ", "versions")):
        flat = [_flat(run.manifest.get(key) or {}) for run in runs]
        for name in dict.fromkeys(name for values in flat for name in values):
            texts = tuple(values.get(name, ABSENT) for values in flat)
            if len(set(texts)) > 1:
                found.append(Setting(prefix + name, texts))
    versions = tuple(str(run.manifest.get("poregrove_version") or "unknown") for run in runs)
    return (*([Setting("poregrove", versions)] if len(set(versions)) > 1 else []), *found)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return found


def _headline(matches: Sequence[Match], letters: str) -> str:
    counted = [match for match in matches if not match.target.companion]
    n = len(counted)
    if not n:
        return "The first run scored no target"
    parts = []
    for number, letter in enumerate(letters[1:], start=1):
        signs = [match.sides[number].sign for match in counted if match.sides[number].difference.known]
        if not signs:
            parts.append(f"run {letter} cannot be paired with run A")
            continue
        better, worse = signs.count("positive"), signs.count("negative")
        told = [f"beats run A on {word(better)}" if better else "", f"loses to run A on {word(worse)}" if worse else ""]
        said = " and ".join(part for part in told if part)
        of = f"of {plural(len(signs), 'target')}"
        parts.append(
            f"run {letter} {said} {of}" if said else f"run {letter} and run A differ beyond noise on none {of}"
        )
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]
