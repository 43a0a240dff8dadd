"""The fits of every job of a comparison: on how many rows, how many rows they predict, how many columns they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...models.base import ModelInfo
from ...schema import REGIME_BY_NAME
from ..settings import ComparisonSettings
from ..splits.splits import HELD_OUT
from ..tables.arrays import Data
from ..tables.feature_sets import FeatureSources, feature_rows
from ..training.conformal_fits import SPLIT_ROWS
from ..training.job import Job, plan_jobs, with_intervals
from ..training.job_folds import fold_regime, job_folds
from ..training.size_rules import counts_of, size_rules, training_rows


@dataclass(frozen=True)
class FoldSizes:
    """Rows that the folds of a regime train on and test, one entry a fold of a repeat."""

    train: tuple[int, ...] = ()
    test: tuple[int, ...] = ()
    repeat: tuple[int, ...] = ()

    def first_repeat(self) -> FoldSizes:
        """The folds of the first repeat."""
        return self.repeats(1)

    def repeats(self, most: int | None) -> FoldSizes:
        """The folds of the first repeats."""
        kept = [number for number, repeat in enumerate(self.repeat) if most is None or repeat < most]
        parts = ([values[number] for number in kept] for values in (self.train, self.test, self.repeat))
        return FoldSizes(*map(tuple, parts))


@dataclass(frozen=True)
class JobWork:
    """One job: rows of each of its fits with how often there is such a fit, rows predicted in all, rows kept, columns."""

    job: Job
    fits: Mapping[int, int]
    interval_fits: Mapping[int, int]
    n_predicted: int
    """Rows that the fits predict, those behind intervals included."""
    n_kept: int
    """Rows of the prediction file."""
    n_columns: int
    n_folds: int
    """Folds of one repeat."""
    alike: int = 1
    """Jobs, this one among them, that share the rows of their fits, and with them what a model makes of rows."""

    @property
    def n_fits(self) -> int:
        """Number of fits."""
        return sum(self.fits.values()) + sum(self.interval_fits.values())

    @property
    def all_fits(self) -> Counter[int]:
        """Rows of every fit, with how often."""
        return Counter(self.fits) + Counter(self.interval_fits)


@dataclass(eq=False)
class Workload:
    """The jobs that settings make of a data set. What folds there are is worked out once and kept."""

    data: Data
    models: Sequence[ModelInfo]
    sources: FeatureSources
    known: Mapping[str, float]
    """Share of the rows that have a value, by target."""
    _sizes: dict[tuple[object, ...], FoldSizes] = field(default_factory=dict)
    _columns: dict[tuple[str, bool], int] = field(default_factory=dict)

    def jobs(self, settings: ComparisonSettings) -> tuple[JobWork, ...]:
        """Every job that applies."""
        infos = {info.name: info for info in self.models}
        rules = size_rules(settings, counts_of(self.data))
        jobs = plan_jobs(
            settings,
            self.models,
            volumes=True,
            equal_size=rules.equal_size,
            ensembles_everywhere=rules.ensembles_everywhere,
            contract=self.data.contract,
        )
        bounded = with_intervals(jobs, self.models, settings)
        found = [self._work(job, infos[job.model], settings, bounded=job in bounded) for job in jobs]
        works = [work for work in found if work is not None]
        alike = Counter(map(self._shared, works))
        return tuple(replace(work, alike=alike[self._shared(work)]) for work in works)

    def _shared(self, work: JobWork) -> tuple[object, ...]:
        """What jobs have in common that share rows."""
        job, contract = work.job, self.data.contract
        known = self.known[job.target]
        return job.model, job.features, fold_regime(job, contract), job.variant, contract.volume_only(job.target), known

    def sizes(self, job: Job, settings: ComparisonSettings) -> FoldSizes:
        """Sizes of the folds of a job's regime, over all rows of its table."""
        regime, volume_only = fold_regime(job, self.data.contract), self.data.contract.volume_only(job.target)
        dealt = (settings.folds, str(settings.repeats), settings.seed, settings.regimes)
        key = (regime, job.variant, volume_only, dealt)
        if key not in self._sizes:
            folds, _ = job_folds(job, self.data, settings)
            sizes = [(len(fold.train), len(fold.test), fold.repeat) for fold in folds]
            self._sizes[key] = FoldSizes(*(tuple(int(size[part]) for size in sizes) for part in range(3)))
        return self._sizes[key]

    def n_columns(self, features: str, *, volume_only: bool) -> int:
        """Columns of a feature set on the table of cells, or of volumes."""
        if (features, volume_only) not in self._columns:
            table = self.data.distinct if volume_only else self.data.cells
            rows = feature_rows(features, table, self.data, self.sources)
            self._columns[features, volume_only] = len(rows.columns.names)
        return self._columns[features, volume_only]

    def _work(self, job: Job, info: ModelInfo, settings: ComparisonSettings, *, bounded: bool) -> JobWork | None:
        volume_only = self.data.contract.volume_only(job.target)
        seen: frozenset[str] = frozenset() if volume_only else REGIME_BY_NAME[job.regime].seen
        share = self.known.get(job.target, 0.0)
        if info.requires_seen_ids - seen or not share:
            return None
        n_table = len(self.data.distinct if volume_only else self.data.cells)
        if info.max_rows is not None and n_table > info.max_rows:
            return None
        sizes = self.sizes(job, settings).repeats(settings.network_repeats if info.kind == "network" else None)
        if not sizes.train:
            return None
        wanted = training_rows(settings, n_table, info.kind)
        most = n_table if wanted is None else wanted
        fits = Counter(max(1, min(most, round(share * rows))) for rows in sizes.train)
        kept = round(share * sum(sizes.test))
        more, predicted = Counter[int](), 0
        if bounded:
            more, predicted = _interval_fits(
                sizes.first_repeat(), fold_regime(job, self.data.contract), settings, share=share, most=most
            )
        columns = self.n_columns(job.features, volume_only=volume_only)
        return JobWork(job, fits, more, kept + predicted, kept, columns, len(sizes.first_repeat().train))


def _interval_fits(
    sizes: FoldSizes, regime: str, settings: ComparisonSettings, *, share: float, most: int
) -> tuple[Counter[int], int]:
    """Rows of the fits behind the intervals of some folds, and rows that they predict: those that calibrate and those tested."""
    count, dimensions = settings.calibration_folds, len(HELD_OUT[regime])
    fits: Counter[int] = Counter()
    predicted = 0
    for train, test in zip(sizes.train, sizes.test, strict=True):
        known = share * train
        used = 1 if known >= SPLIT_ROWS else count
        fits[max(1, min(most, round(known * (1 - 1 / count) ** dimensions)))] += used
        predicted += used * round(known / count**dimensions + share * test)
    return fits, predicted


def fits_of(works: Iterable[JobWork], model: str) -> Counter[int]:
    """Rows of all fits of one model, with how often."""
    return sum((work.all_fits for work in works if work.job.model == model), Counter[int]())


def largest_fit(works: Iterable[JobWork]) -> int:
    """Rows of the largest fit."""
    return max((rows for work in works for rows in work.all_fits), default=0)


def known_shares(data: Data, sampled: int) -> dict[str, float]:
    """Share of the sampled rows that have a value of each target; 0 where none has."""
    cells = {name: float(np.isfinite(values).sum()) / max(1, sampled) for name, values in data.cells.targets.items()}
    seen = max((int(np.isfinite(values).sum()) for values in data.distinct.targets.values()), default=0)
    volumes = {name: float(np.isfinite(values).sum()) / max(1, seen) for name, values in data.distinct.targets.items()}
    return {name: min(1.0, share) for name, share in (cells | volumes).items()}
