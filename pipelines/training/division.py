"""Division of a comparison: which jobs are fitted together, and which of their targets and folds one worker does at once.

What follows from data and settings alone is the same on every machine and in every attempt, so what was finished before
fits what is done now. Neither the number of workers nor measured times have a say. Predictions do not depend on the
division, as every fold is fitted from its own seed.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from ...errors import MissingExtraError, SettingsError
from ...models.base import Model
from ...schema import Contract
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..tables.arrays import Data
from ..tables.feature_sets import FeatureSources, feature_rows
from ..tables.run_tables import load_data
from .conformal_fits import SPLIT_ROWS
from .context import RunContext
from .fit import known
from .job import Catalog, Job, uses_whole_cluster, with_intervals
from .job_costs import Part, expected_seconds
from .job_folds import FoldId, fold_regime, job_folds, repeats_of
from .size_rules import training_rows

SHORT = 30.0
"""Expected seconds that a piece takes at least: bundles of less than two such pieces are not divided."""
LONG = 600.0
"""Expected seconds of one fold above which its targets are divided too, though each piece then bins the rows anew."""


@dataclass(frozen=True)
class Piece:
    """Work of one worker: all folds of some jobs, or some folds, which leave files."""

    bundle: tuple[Job, ...]
    """All jobs that share folds, rows and model with these."""
    jobs: tuple[Job, ...]
    part: Part
    intervals: bool = False
    """Whether the predictions get conformal intervals."""
    parts: Path | None = None
    """Folder of the files that its folds leave, relative to the run; None: the work of these jobs is not divided."""
    all_folds: tuple[FoldId, ...] = ()
    """All folds of the jobs, in their order, where the work is divided."""


def divide(context: RunContext, jobs: Sequence[Job], feature_sources: FeatureSources) -> tuple[Piece, ...]:
    """All pieces of some jobs, those of other shards too; the longest first, so that none runs alone at the end."""
    calibrated = with_intervals(jobs, context.catalog.available(), context.settings)
    division = Division(load_data(context.run_dir), context.settings, feature_sources, context.catalog, calibrated)
    pieces = (piece for bundle in bundles(jobs, context.contract) for piece in division.pieces(bundle))
    costs = context.costs or expected_seconds
    return tuple(sorted(pieces, key=lambda piece: -costs(piece.part)))


def bundles(jobs: Sequence[Job], contract: Contract) -> list[tuple[Job, ...]]:
    """Jobs that share folds, rows and model."""
    found: dict[tuple[str | bool, ...], list[Job]] = {}
    for job in jobs:
        regime, volume_only = fold_regime(job, contract), contract.volume_only(job.target)
        found.setdefault((job.model, job.features, regime, job.variant, volume_only), []).append(job)
    return [*map(tuple, found.values())]


@dataclass(frozen=True, eq=False)
class Division:
    """Division of bundles of jobs by their sizes on the tables of a run."""

    data: Data
    settings: ComparisonSettings
    feature_sources: FeatureSources
    catalog: Catalog
    calibrated: frozenset[Job]
    """Jobs whose predictions get conformal intervals."""
    _rows: dict[tuple[str, str, bool, int | None], Mapping[FoldId, int]] = field(default_factory=dict)
    _columns: dict[tuple[str, bool], int] = field(default_factory=dict)
    _known: dict[str, bytes] = field(default_factory=dict)

    def pieces(self, bundle: tuple[Job, ...]) -> tuple[Piece, ...]:
        """Pieces of a bundle; one where its jobs do not apply, are soon done, or train over a whole cluster."""
        first = bundle[0]
        try:
            model = self.catalog.create(first.model)
        except (MissingExtraError, SettingsError):
            return (Piece(bundle, bundle, self._nothing(bundle)),)
        rows = self._fold_rows(first, repeats_of(model.info, self.settings))
        most = training_rows(self.settings, len(self.data.table(first.target)), model.info.kind)
        if most is not None:
            rows = {fold: min(n, most) for fold, n in rows.items()}
        whole, intervals = self._part(bundle, model, rows), first in self.calibrated
        if not rows or expected_seconds(whole) < 2 * SHORT or uses_whole_cluster(self.catalog, first.model):
            return (Piece(bundle, bundle, whole, intervals),)
        seconds = {fold: expected_seconds(self._part(bundle, model, {fold: rows[fold]})) for fold in rows}
        chunks = self._chunks(bundle, 1 if model.info.multi_target else math.ceil(max(seconds.values()) / LONG))
        pieces = []
        for jobs in chunks:
            share = len(targets(jobs)) / len(targets(bundle))
            for folds in _runs({fold: share * cost for fold, cost in seconds.items()}):
                part = self._part(jobs, model, {fold: rows[fold] for fold in folds})
                pieces.append(Piece(bundle, jobs, part, intervals, self._folder(jobs), tuple(rows)))
        return tuple(pieces)

    def _fold_rows(self, job: Job, most_repeats: int | None) -> Mapping[FoldId, int]:
        """Training rows of each fold of a job, in the order of the folds; none where it has no folds."""
        contract = self.data.contract
        key = fold_regime(job, contract), job.variant, contract.volume_only(job.target), most_repeats
        if key not in self._rows:
            folds, _ = job_folds(job, self.data, self.settings, most_repeats=most_repeats)
            self._rows[key] = {(fold.repeat, fold.fold): len(fold.train) for fold in folds}
        return self._rows[key]

    def _n_columns(self, job: Job) -> int:
        key = job.features, self.data.contract.volume_only(job.target)
        if key not in self._columns:
            table = self.data.table(job.target)
            rows = feature_rows(job.features, table, self.data, self.feature_sources) if len(table) else None
            self._columns[key] = 0 if rows is None else len(rows.columns.names)
        return self._columns[key]

    def _part(self, jobs: Sequence[Job], model: Model, rows: Mapping[FoldId, int]) -> Part:
        first, info, names = jobs[0], model.info, targets(jobs)
        n_rows = sum(rows.values()) // max(1, len(rows))
        # intervals are made in the first repeat: from one more fit on many rows, from several on few
        more = (1 if n_rows >= SPLIT_ROWS else self.settings.calibration_folds) if first in self.calibrated else 0
        n_fits = len(rows) + more * sum(repeat == 0 for repeat, _ in rows)
        return Part(
            first.model,
            info.kind,
            first.features,
            fold_regime(first, self.data.contract),
            first.variant,
            names,
            tuple(rows),
            n_rows=n_rows,
            n_columns=self._n_columns(first),
            n_fits=n_fits * (1 if info.multi_target else len(names)),
            rounds=getattr(model, "rounds", None),
        )

    def _nothing(self, jobs: Sequence[Job]) -> Part:
        """The part of a model that cannot be made here."""
        first = jobs[0]
        regime = fold_regime(first, self.data.contract)
        return Part(
            first.model,
            "other",
            first.features,
            regime,
            first.variant,
            targets(jobs),
            (),
            n_rows=0,
            n_columns=0,
            n_fits=0,
        )

    def _chunks(self, bundle: Sequence[Job], count: int) -> list[tuple[Job, ...]]:
        """The jobs in at most so many chunks of like numbers of targets; those known for the same rows side by side."""
        if count == 1:
            return [tuple(bundle)]
        by_rows: dict[bytes, list[str]] = {}
        for name in targets(bundle):
            by_rows.setdefault(self._rows_of(name), []).append(name)
        names = [name for alike in by_rows.values() for name in alike]
        size = math.ceil(len(names) / min(count, len(names)))
        cut = [names[start : start + size] for start in range(0, len(names), size)]
        return [tuple(job for job in bundle if job.target in chunk) for chunk in cut]

    def _rows_of(self, target: str) -> bytes:
        """A digest of which rows have a value of a target."""
        if target not in self._known:
            self._known[target] = hashlib.sha256(known(self.data.table(target), target).tobytes()).digest()
        return self._known[target]

    def _folder(self, jobs: Sequence[Job]) -> Path:
        """Folder of the files of some targets, named so that no other has it."""
        first, names = jobs[0], targets(jobs)
        words = first.model, first.features, fold_regime(first, self.data.contract), first.variant
        chunk = hashlib.sha256("|".join(names).encode()).hexdigest()[:12]
        return Path(RunFolder(Path()).parts, quote(",".join(words), safe=" +,"), f"{names[0]}-{chunk}")


def targets(jobs: Sequence[Job]) -> tuple[str, ...]:
    """Targets of some jobs, each once."""
    return tuple(dict.fromkeys(job.target for job in jobs))


def _runs(seconds: Mapping[FoldId, float]) -> list[tuple[FoldId, ...]]:
    """Consecutive folds together until they take long enough; what is left over at the end goes with the last."""
    found: list[list[FoldId]] = [[]]
    filled = 0.0
    for fold, cost in seconds.items():
        if found[-1] and filled >= SHORT:
            found.append([])
            filled = 0.0
        found[-1].append(fold)
        filled += cost
    if filled < SHORT and len(found) > 1:
        last = found.pop()
        found[-1] += last
    return [*map(tuple, found)]
