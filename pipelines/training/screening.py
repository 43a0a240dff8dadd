"""Screening of a large set: every candidate on thin rows first, and in full only those within noise of the best.

It happens inside each training fold of the first deal, on inner parts that are set apart as the regime sets
test rows apart, so no test row has a say. A candidate (model and feature set) of a target and regime leaves only
where it is beyond noise behind the best inside every fold; once a fold keeps it, later folds need not fit it again.
What a verdict rests on stays (``screening_rule.protected``). Outcomes are kept fold by fold in ``screening/``, so that a
run that is resumed does not screen again, and together in the table ``screening``.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...array_types import Ints
from ...errors import MissingExtraError, RunError, SettingsError
from ...models.base import ModelInfo
from ...schema import FEATURE_SET_BY_NAME, SCREENING, Contract
from ..execution.job_memory import limit_workers
from ..execution.parallel import Progress, parallel_map
from ..runs.atomic import write_json, write_parquet
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..tables.arrays import Data
from ..tables.feature_sets import FeatureSources
from ..tables.run_tables import load_data
from .context import RunContext
from .fit import known, learned
from .job import Catalog, Job, JobRecord, uses_whole_cluster
from .screening_rule import Key, Outcome, best_overall, dropped, protected, ratios
from .thin_fits import ThinLoss, ThinTask, first_deal, fit_thin, judged, thin_parts

log = logging.getLogger(__name__)

FEWEST_CANDIDATES = 4
"""Fewer candidates than this are all fitted."""
Case = tuple[str, str]
"""(target, regime)."""


def screen(
    context: RunContext, jobs: Sequence[Job], feature_sources: FeatureSources, progress: Progress | None = None
) -> Mapping[Job, JobRecord]:
    """The records of jobs that are not to be fitted in full; the table ``screening`` is written where anything was screened."""
    infos = {info.name: info for info in context.catalog.available()}
    n_rows = len(load_data(context.run_dir).cells)
    able = {
        name
        for name in dict.fromkeys(job.model for job in jobs)
        if screenable(infos.get(name), n_rows) and _at_hand(context.catalog, name)
    }
    cases: dict[Case, list[Key]] = defaultdict(list)
    for job in jobs:
        item = FEATURE_SET_BY_NAME[job.features]
        looks = item.volumes or item.embedding or item.entered
        if job.variant == "as-is" and job.model in able and not looks and not context.contract.volume_only(job.target):
            cases[job.target, job.regime].append((job.model, job.features))
    cases = {case: keys for case, keys in cases.items() if len(keys) >= FEWEST_CANDIDATES}
    if not cases:
        return {}
    outcomes = Rounds(context, feature_sources, infos).outcomes(cases, progress)
    boosters = frozenset(name for name, info in infos.items() if info.kind == "booster")
    rows = [*_decided(cases, outcomes, boosters, context.contract)]
    frame = pd.DataFrame(rows, columns=list(SCREENING.names))
    kinds = {item.name: item.kind for item in SCREENING.fields if item.kind != "string"}
    write_parquet(context.run_dir / f"{SCREENING.name}.parquet", frame.astype(kinds))
    gone = {(row["target"], row["model"], row["features"], row["regime"]): row for row in rows}
    records = {}
    for job in jobs:
        row = gone.get((job.target, job.model, job.features, job.regime))
        if row is not None and row["decision"] == "screened":
            records[job] = JobRecord(job, "screened", row["reason"])
    log.info("screening: %d of %d jobs need no fit in full", len(records), len(jobs))
    return records


def screenable(info: ModelInfo | None, n_rows: int) -> bool:
    """Whether thin rows say something of a model: not of baselines, networks, models of ids or of all targets at once.

    Nor of a model that refuses as many rows as there are, which would be a rival only while they are few.
    """
    return not (
        info is None
        or info.kind in ("trivial", "network")
        or info.requires_seen_ids
        or info.multi_target
        or (info.max_rows is not None and info.max_rows < n_rows)
    )


def _at_hand(catalog: Catalog, name: str) -> bool:
    """Whether a model can be made here, and is fitted by one worker alone."""
    with suppress(MissingExtraError, SettingsError):
        judged(catalog, name)
        return not uses_whole_cluster(catalog, name)
    return False


@dataclass(frozen=True)
class Rounds:
    """Fits on thin rows, round by round: a round is one fold of each regime."""

    context: RunContext
    feature_sources: FeatureSources
    infos: Mapping[str, ModelInfo]

    def outcomes(self, cases: Mapping[Case, Sequence[Key]], progress: Progress | None) -> list[Outcome]:
        """Outcomes of all rounds; those that the folder has are not fitted again."""
        data, settings = load_data(self.context.run_dir), self.context.settings
        held = {regime: held_parts(regime, data, settings) for regime in dict.fromkeys(regime for _, regime in cases)}
        undecided = {case: list(keys) for case, keys in cases.items() if held[case[1]]}
        best: dict[Case, Key] = {}
        found: list[Outcome] = []
        for number in range(max(map(len, held.values()), default=0)):
            path = RunFolder(self.context.run_dir).screening / f"round-{number:02d}.json"
            asked = {case: keys for case, keys in undecided.items() if number < len(held[case[1]]) and keys}
            if not asked:
                break
            made = _read(path)
            if made is None:
                wanted = {
                    case: [*keys, *(key for key in (best.get(case),) if key is not None and key not in keys)]
                    for case, keys in asked.items()
                }
                made = self.fold(number, wanted, held, progress)
                write_json(path, {"outcomes": [asdict(item) for item in made]})
            for case in asked:
                own = [item for item in made if (item.target, item.regime) == case]
                if own:
                    best[case] = min(own, key=lambda item: item.error).key
                left = {item.key for item in own if item.dropped}
                undecided[case] = [key for key in undecided[case] if key in left]
            found += made
            log.info(
                "screening, fold %d: %d fits on thin rows, %d of %d candidates are undecided",
                number + 1,
                len(made),
                sum(map(len, undecided.values())),
                sum(map(len, cases.values())),
            )
        return found

    def fold(
        self,
        number: int,
        wanted: Mapping[Case, Sequence[Key]],
        held: Mapping[str, Sequence[Ints]],
        progress: Progress | None,
    ) -> list[Outcome]:
        """Outcomes of the candidates that are wanted of each case, inside one fold of its regime; ``held`` as ``held_parts`` gives it."""
        context, data = self.context, load_data(self.context.run_dir)
        order = list(self.infos)
        shared: dict[tuple[str, Key], list[str]] = defaultdict(list)
        for (target, regime), keys in wanted.items():
            for key in keys:
                shared[regime, key].append(target)
        # the most expensive models first, so that none runs alone at the end
        plan = sorted(shared.items(), key=lambda item: -order.index(item[0][1][0]))
        tasks = [
            ThinTask(
                context.run_dir,
                context.settings,
                self.feature_sources,
                context.catalog,
                context.device,
                regime,
                number,
                *key,
                targets=tuple(targets),
            )
            for (regime, key), targets in plan
        ]
        workers = limit_workers(
            context.workers,
            len(tasks),
            n_rows=len(data.cells),
            n_columns=len(data.volumes.columns) + len(data.designs.columns),
            budget_gib=context.memory,
        )
        losses: dict[Case, dict[Key, ThinLoss]] = defaultdict(dict)
        for task, answers in zip(tasks, parallel_map(fit_thin, tasks, workers=workers, progress=progress), strict=True):
            for target, loss in answers.items():
                losses[target, task.regime][task.model, task.features] = loss
        return [
            item
            for (target, regime), own in losses.items()
            for item in self._outcomes(target, regime, number, own, held[regime][number])
        ]

    def _outcomes(
        self, target: str, regime: str, number: int, losses: Mapping[Key, ThinLoss], held: Ints
    ) -> Iterator[Outcome]:
        table = load_data(self.context.run_dir).cells
        held = held[known(table, target)[held]]
        errors = {key: loss.error for key, loss in losses.items()}
        behind = dropped(errors, table.volume_group[held], table.design_group[held])
        least = min(float(error.mean()) for error in errors.values())
        variance = float(np.var(learned(table, target)[held]))
        for key, loss in losses.items():
            error = float(loss.error.mean())
            yield Outcome(
                target,
                regime,
                number,
                *key,
                error=error,
                variance=variance,
                ratio=error / least if least > 0 else 1.0,
                n_fit=loss.n_fit,
                n_held=len(held),
                dropped=behind[key],
            )


def held_parts(regime: str, data: Data, settings: ComparisonSettings) -> tuple[Ints, ...]:
    """Positions of the cell rows that are held back in each training fold of the first deal of a regime."""
    return tuple(thin_parts(fold, data.cells, regime, settings)[1] for fold in first_deal(regime, data, settings))


def _read(path: Path) -> list[Outcome] | None:
    """The outcomes of a finished round; RunError where its file is damaged."""
    if not path.exists():
        return None
    try:
        return [Outcome(**item) for item in json.loads(path.read_text(encoding="utf-8"))["outcomes"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(f"{path}: expected the outcomes of a round of screening, got: {error!r}") from error


def _decided(
    cases: Mapping[Case, Sequence[Key]], outcomes: Iterable[Outcome], boosters: frozenset[str], contract: Contract
) -> Iterator[dict[str, Any]]:
    """Rows of ``schema.SCREENING``."""
    by_case: dict[Case, dict[Key, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for item in outcomes:
        by_case[item.target, item.regime][item.key].append(item)
    folds = {
        case: max((item.fold for own in found.values() for item in own), default=-1) + 1
        for case, found in by_case.items()
    }
    thin = {case: ratios([item for own in found.values() for item in own]) for case, found in by_case.items()}
    weights = {target.name: target.weight for target in contract.targets}
    for (target, regime), keys in cases.items():
        case = target, regime
        of_regime = {name: own for (name, other), own in thin.items() if other == regime}
        gone = {
            key
            for key in keys
            if (own := by_case[case][key]) and len(own) == folds[case] and all(item.dropped for item in own)
        }
        stays = dict(protected(thin.get(case, {}), [key for key in keys if key not in gone], boosters))
        if (overall := best_overall(of_regime, weights)) is not None:
            stays.setdefault(overall, "best over all targets")
        for key in keys:
            own = by_case[case][key]
            if not own:
                continue
            reason = stays.get(key, "") if key in gone else ""
            row = _row(case, key, own)
            if key in gone and not reason:
                row |= {"decision": "screened", "reason": _why(row)}
            else:
                row |= {"decision": "protected" if reason else "kept", "reason": reason}
            yield row


def _row(case: Case, key: Key, own: Sequence[Outcome]) -> dict[str, Any]:
    explained = [1 - item.error / item.variance if item.variance > 0 else np.nan for item in own]
    return {
        "target": case[0],
        "model": key[0],
        "features": key[1],
        "regime": case[1],
        "r2": float(np.mean(explained)),
        "rmse": float(np.sqrt(np.mean([item.error for item in own]))),
        "ratio": float(np.mean([item.ratio for item in own])),
        "n_rows": round(float(np.mean([item.n_fit for item in own]))),
        "n_folds": len(own),
        "n_dropped": sum(item.dropped for item in own),
    }


def _why(row: Mapping[str, Any]) -> str:
    return (
        f"R2 {row['r2']:.3f} on {row['n_rows']} thin rows, {row['ratio']:.2f} times the squared error of the best, beyond noise "
        f"inside all {row['n_folds']} training folds"
    )
