"""Runs on the same data side by side: paired differences of the jobs that they share, on the very same folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...schema import RUN_DIFFERENCES, Scale
from ..settings import ComparisonSettings
from ..tables.run_tables import load_data
from ..training.job import Job
from ..training.predictions import Predictions, read_predictions
from .contrast import contrast
from .differences import decide
from .losses import LossTable, loss_table, prediction_files, scored_rows
from .target_scores import draws_of

Cell = tuple[str, str]
"""(model, features)."""
Pair = tuple[Cell, Cell, str]
"""A cell of the first run, one of another, and why they are compared: ``same`` or ``best``."""

OTHER_ROWS, OTHER_FOLDS = "tested on other rows", "dealt into other folds"


def run_differences(
    runs: Sequence[Path], settings: Mapping[str, Any], best: Sequence[Mapping[tuple[str, str], Cell]]
) -> pd.DataFrame:
    """Every other run minus the first, as ``schema.RUN_DIFFERENCES``: R2 with bounds, or the reason why there is none.

    Compared are the cells that both runs have under (target, regime) pairs named by ``best`` of both,
    and their best ones with each other; ``best`` has the best cell of each run by target and regime.
    ``settings`` are those of the first run's comparison: its draws bound all differences. Predictions
    are paired where both runs dealt the same rows into the same folds in the same repeats. Raises RunError
    where predictions and rows contradict each other.
    """
    data = load_data(runs[0])
    names = {field.name for field in fields(ComparisonSettings)}
    known = {name: settings[name] for name in ("bootstrap", "seed") if name in settings and name in names}
    draws = draws_of(data, ComparisonSettings(**known))
    jobs = [{(job.target, job.regime, job.model, job.features): job for job in prediction_files(run)} for run in runs]
    rows: list[dict[str, Any]] = []
    for other in range(1, len(runs)):
        for target, regime in best[0]:
            if (target, regime) not in best[other]:
                continue
            pairs = _pairs(
                target, regime, (jobs[0], jobs[other]), (best[0][target, regime], best[other][target, regime])
            )
            truth = scored_rows(target, data)
            found = [
                (pair, *_sides(pair, (target, regime), (runs[0], runs[other]), (jobs[0], jobs[other])))
                for pair in pairs
            ]
            paired = [(pair, one, two) for pair, one, two, reason in found if not reason]
            for alike in _of_the_same_rows(paired):
                panel = loss_table(
                    chain.from_iterable(_answers(pair, one, two) for pair, one, two in alike),
                    truth, regime, data.contract.target(target).scale, draws,
                )  # fmt: skip
                rows += [_row(other, pair, panel) for pair, _, _ in alike]
            scale = data.contract.target(target).scale
            rows += [_unpaired(other, (target, regime), pair, scale, reason) for pair, _, _, reason in found if reason]
    return pd.DataFrame(_decided(rows), columns=list(RUN_DIFFERENCES.names))


def _pairs(
    target: str, regime: str, jobs: Sequence[Mapping[tuple[str, str, str, str], Job]], best: tuple[Cell, Cell]
) -> list[Pair]:
    cells = [{key[2:] for key in own if key[:2] == (target, regime)} for own in jobs]
    same: list[Pair] = [(cell, cell, "same") for cell in sorted(cells[0] & cells[1])]
    return [*same, (*best, "best")] if best[0] in cells[0] and best[1] in cells[1] else same


def _sides(
    pair: Pair,
    where: tuple[str, str],
    runs: tuple[Path, Path],
    jobs: Sequence[Mapping[tuple[str, str, str, str], Job]],
) -> tuple[Predictions, Predictions, str]:
    """Predictions of both sides, and why they cannot be paired, empty where they can."""
    one, two = (read_predictions(jobs[side][*where, *pair[side]].file(runs[side])) for side in (0, 1))
    keys = [_keys(part) for part in (one, two)]
    if not np.array_equal(keys[0][:, :2], keys[1][:, :2]):
        return one, two, OTHER_ROWS
    return one, two, "" if _same_parts(keys[0], keys[1]) else OTHER_FOLDS


def _of_the_same_rows(
    paired: Sequence[tuple[Pair, Predictions, Predictions]],
) -> list[list[tuple[Pair, Predictions, Predictions]]]:
    """Pairs that tested the same rows together: an entry may have tested fewer."""
    found: dict[bytes, list[tuple[Pair, Predictions, Predictions]]] = {}
    for item in paired:
        found.setdefault(np.unique(item[1]["row"]).tobytes(), []).append(item)
    return list(found.values())


def _keys(found: Predictions) -> NDArray[np.int64]:
    """Row, repeat and fold of every prediction, by row and repeat."""
    keys = np.stack([found[name].astype(np.int64) for name in ("row", "repeat", "fold")], axis=1)
    return np.asarray(keys[np.lexsort((keys[:, 1], keys[:, 0]))], np.int64)


def _same_parts(one: NDArray[np.int64], two: NDArray[np.int64]) -> bool:
    """Whether two numberings of the folds part the same rows alike, repeat by repeat."""
    pairs = np.unique(np.column_stack([one[:, 1:], two[:, 2]]), axis=0)
    return all(len(np.unique(pairs[:, [0, side]], axis=0)) == len(pairs) for side in (1, 2))


def _names(pair: Pair) -> tuple[Cell, Cell]:
    """Names of both sides of a pair within a panel."""
    (one, two, kind) = pair
    return (f"first {kind} {one[0]}", one[1]), (f"other {kind} {two[0]}", two[1])


def _answers(pair: Pair, one: Predictions, two: Predictions) -> Iterator[tuple[str, str, str, Predictions]]:
    for name, found in zip(_names(pair), (one, two), strict=True):
        yield *name, " on ".join(name), found


def _row(other: int, pair: Pair, panel: LossTable) -> dict[str, Any]:
    first, second = (panel.models[name] for name in _names(pair))
    found = contrast(second, first, panel.sst, panel.cells.degrees_of_freedom)
    return _about(other, panel.target, panel.regime, pair, panel.scale) | {
        "difference": found.interval.value,
        "lo": found.interval.lo,
        "hi": found.interval.hi,
        "p": found.p,
    }


def _unpaired(other: int, where: tuple[str, str], pair: Pair, scale: Scale, reason: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("difference", "lo", "hi", "p"), np.nan)
    return _about(other, *where, pair, scale) | nothing | {"reason": reason}


def _about(other: int, target: str, regime: str, pair: Pair, scale: Scale) -> dict[str, Any]:
    (model_a, features_a), (model_b, features_b), kind = pair
    return {
        "run": other,
        "kind": kind,
        "target": target,
        "regime": regime,
        "scale": scale,
        "model_a": model_a,
        "features_a": features_a,
        "model_b": model_b,
        "features_b": features_b,
        "reason": "",
    }


def _decided(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With Holm's correction over the regimes of one pair of runs; ``a`` is the other run, ``b`` the first."""
    found: list[dict[str, Any]] = []
    for other in dict.fromkeys(row["run"] for row in rows):
        for kind in ("same", "best"):
            own = [row for row in rows if (row["run"], row["kind"]) == (other, kind)]
            found += decide(own) if own else []
    return found
