"""What a fit of each model takes at any number of rows, from a few short fits on a thin sample of the data's own rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ...array_types import Ints
from ...errors import PoregroveError
from ...models.base import Model, Rows
from ...models.shared.held_out import CHOICE_ROWS
from ..settings import ComparisonSettings
from ..tables.arrays import Data, Table
from ..tables.feature_sets import FeatureSources, feature_rows
from ..training.fit import FitProcedure, FitRows, known
from ..training.growth import MOST_ROWS, ROUNDS, Bound, Growth, growth_of, short, timed_fits
from ..training.job import Catalog, Job
from ..training.job_costs import Part, expected_seconds
from ..training.job_folds import fold_regime
from ..training.size_rules import training_rows
from .span import Span
from .workload import JobWork, fits_of

log = logging.getLogger(__name__)

COMPLETE_ROWS = 2_000
"""Rows of the one fit that is timed as the comparison makes it, with its nested folds and its choice of rounds."""
SECONDS = 2.0
"""Processor seconds spent on a model to see how its fits grow."""
SIZES = 16
"""The largest fit that is timed has so many times the rows of the smallest."""
TESTED_SHARE = 4 / 9
"""Share of the training rows that a nested fit of two held-out dimensions keeps."""
MORE_ROUNDS = 1.5
"""Rounds may grow by this factor from the sample to the whole, at most to what a model allows."""
_DOUBT = 1.25


@dataclass(frozen=True)
class FitCost:
    """One model: a complete fit at ``rows`` on ``columns`` columns, and how it grows.

    ``choosing`` is what of it chose rounds and leaves, which no more than some thousand rows have a say in;
    ``fixed`` the share that does not depend on the columns.
    """

    rows: int
    columns: int
    seconds: float
    choosing: float
    growth: Growth
    fixed: float
    predict_a_row: float
    more_rounds: float = 1.0
    again: float = 1.0
    """A fit of another target on the same rows, over the first one: what is made of the rows is made once."""
    usual: float = 1.0
    """Rounds that are boosted where none are chosen, over those that were chosen."""

    def fit(self, rows: int, columns: int, alike: int = 1) -> Span:
        """Processor seconds of a fit, in the mean over so many targets that share its rows."""
        return _fit(self, rows, columns, alike)

    def judged(self, rows: int, columns: int, alike: int) -> Span:
        """Processor seconds of a fit that is only judged, with its usual rounds."""
        if not self.choosing:
            return self.fit(rows, columns, alike)
        plain = replace(self, seconds=self.usual * (self.seconds - self.choosing), choosing=0.0)
        return plain.fit(rows, columns, alike)

    def _spanned(self, rows: int, columns: int, alike: int) -> Span:
        shared = (1 + (alike - 1) * self.again) / alike
        bounds: tuple[Bound, ...] = ("likely", "low", "high")
        return Span(*(shared * self._fit(rows, columns, bound) for bound in bounds)).within(_DOUBT)

    def _fit(self, rows: int, columns: int, bound: Bound) -> float:
        wide = self.fixed + (1 - self.fixed) * columns / max(1, self.columns)
        last = (self.seconds - self.choosing) * self.growth.times(self.rows, rows, bound)
        chosen = self.choosing
        if chosen:
            chosen *= self.growth.times(_chosen_on(self.rows), _chosen_on(rows), bound)
        return wide * (last + chosen) * (self.more_rounds if bound == "high" else 1.0)


@lru_cache(maxsize=10_000)
def _fit(cost: FitCost, rows: int, columns: int, alike: int) -> Span:
    """As ``FitCost.fit``: a comparison has the same fit many times, and a budget many comparisons."""
    return cost._spanned(rows, columns, alike)  # noqa: SLF001  its own


def _chosen_on(rows: int) -> float:
    return min(CHOICE_ROWS, max(1.0, TESTED_SHARE * rows))


@dataclass(eq=False)
class FitTimer:
    """Times models on the rows of which targets are known.

    ``seconds``: processor seconds on the growth of each model.
    """

    data: Data
    sources: FeatureSources
    catalog: Catalog
    settings: ComparisonSettings
    seconds: float = SECONDS
    _rows: dict[tuple[str, str], tuple[Table, Rows, Ints]] = field(default_factory=dict)

    def costs(self, works: Sequence[JobWork]) -> dict[str, FitCost]:
        """The cost of each model that has a job and is no network; one that cannot be fitted on the sample has none."""
        kinds = {info.name: info.kind for info in self.catalog.available()}
        found: dict[str, FitCost] = {}
        names = [name for name in dict.fromkeys(work.job.model for work in works) if kinds[name] != "network"]
        for name in sorted(names, key=lambda name: kinds[name] == "ensemble"):  # their members go before them
            own = [work for work in works if work.job.model == name]
            try:
                found[name] = self._cost(name, own, largest=max(fits_of(works, name)), members=found)
            except PoregroveError as error:
                log.debug("%s is not timed: %s", name, error)
        return found

    def _cost(self, name: str, works: Sequence[JobWork], *, largest: int, members: Mapping[str, FitCost]) -> FitCost:
        model = self.catalog.create(name)
        rich = max(works, key=lambda work: (self._weight(work.job), work.n_columns))
        job = rich.job
        table, rows, at = self._of(job)
        own = [members[member] for member in getattr(model, "names", ()) if member in members]
        if own:
            n, seconds, again, _, predict = self._complete(model, job, most=min(COMPLETE_ROWS, largest))
            growth = _together(own, n, max(largest, n), rich.n_columns)
            return FitCost(n, rich.n_columns, seconds, 0.0, growth, _mean_fixed(own), predict, again=again)
        few = short(model)
        most = min(MOST_ROWS, largest)
        timed, _ = timed_fits(
            FitProcedure(few, table, None, self.settings),
            rows,
            at,
            job.target,
            first=max(2, most // SIZES),
            most=most,
            seconds=self.seconds,
        )
        growth = growth_of([size for size, _ in timed], [spent for _, spent in timed]) or _linear(timed)
        n, seconds, again, fitted, predict = self._complete(model, job, most=min(COMPLETE_ROWS, largest))
        rounds, choosing = getattr(fitted, "rounds", None), 0.0
        if few is not model and rounds:
            last = growth.at(n) * rounds / ROUNDS
            choosing = max(0.0, seconds - last) if getattr(model, "choose", False) else 0.0
        most_rounds: Any = getattr(model, "rounds", None)
        more = min(MORE_ROUNDS, max(1.0, most_rounds / rounds)) if most_rounds and rounds else 1.0
        fixed = self._fixed(few, works, rich, timed[len(timed) // 2]) if timed else 1.0
        usual: Any = getattr(model, "rounds_unvalidated", rounds)
        return FitCost(
            n, rich.n_columns, seconds, choosing, growth, fixed, predict, more, again, usual / rounds if rounds else 1.0
        )

    def _weight(self, job: Job) -> float:
        return float(self.data.contract.target(job.target).weight)

    def _of(self, job: Job) -> tuple[Table, Rows, Ints]:
        """Table and rows of a job, and the positions that know its target, in a random order."""
        key = job.features, job.target
        if key not in self._rows:
            table = self.data.table(job.target)
            rows = feature_rows(job.features, table, self.data, self.sources)
            at = np.random.default_rng(self.settings.seed).permutation(np.flatnonzero(known(table, job.target)))
            self._rows[key] = table, rows, at
        return self._rows[key]

    def _complete(self, model: Model, job: Job, *, most: int) -> tuple[int, float, float, Any, float]:
        """A fit as the comparison makes it.

        Its rows and seconds, what a second on the same rows takes of that, what was fitted, seconds a predicted row.
        """
        seed = self.settings.seed
        table, rows, at = self._of(job)
        procedure = FitProcedure(model, table, fold_regime(job, self.data.contract), self.settings)
        chosen = np.sort(at[:most])
        fitted_on = FitRows.taken(rows, *procedure.split(chosen, seed))
        others = (name for name in table.targets if name != job.target and known(table, name)[chosen].all())
        began = time.process_time()
        fitted = procedure.fit(fitted_on, job.target, seed)
        seconds = time.process_time() - began
        again = 1.0
        if seconds < SECONDS and (other := next(others, None)) is not None:
            began = time.process_time()
            procedure.fit(fitted_on, other, seed)
            again = min(1.0, (time.process_time() - began) / max(seconds, 1e-9))
        began = time.process_time()
        procedure.predict(fitted, rows.take(chosen))
        return len(chosen), seconds, again, fitted, (time.process_time() - began) / len(chosen)

    def _fixed(self, few: Model, works: Sequence[JobWork], rich: JobWork, timed: tuple[int, float]) -> float:
        """Share of a fit's time that fewer columns do not save: from one fit on the set that has the fewest."""
        same = [
            work
            for work in works
            if self.data.contract.volume_only(work.job.target) == self.data.contract.volume_only(rich.job.target)
        ]
        poor = min(same, key=lambda work: work.n_columns)
        if poor.n_columns >= rich.n_columns:
            return 1.0
        size, full = timed
        table, rows, at = self._of(Job(rich.job.target, rich.job.model, poor.job.features, rich.job.regime))
        procedure = FitProcedure(few, table, None, self.settings)
        found, _ = timed_fits(procedure, rows, at, rich.job.target, first=size, most=size, seconds=self.seconds)
        if not found or not full:
            return 1.0
        narrow = poor.n_columns / rich.n_columns
        return float(np.clip((found[0][1] / full - narrow) / (1 - narrow), 0.0, 1.0))


def _together(members: Sequence[FitCost], rows: int, most: int, columns: int) -> Growth:
    """Growth of a model that fits others, from theirs."""
    sizes = [int(size) for size in np.unique(np.geomspace(max(2, rows // 4), most + 1, 8).astype(int))]
    seconds = [sum(member.fit(size, columns).likely for member in members) for size in sizes]
    return growth_of(sizes, seconds) or _linear([(sizes[-1], seconds[-1])])


def _mean_fixed(members: Sequence[FitCost]) -> float:
    return sum(member.fixed * member.seconds for member in members) / sum(member.seconds for member in members)


def _linear(timed: Sequence[tuple[int, float]]) -> Growth:
    """Growth where too few sizes were timed to tell: in proportion to the rows, at least a little."""
    rows, seconds = timed[-1] if timed else (1, 1e-4)
    return Growth((rows,), (max(seconds, 1e-6),), exponent=1.0, low=0.5, high=1.2, per_row=max(seconds, 1e-6) / rows)


@dataclass(frozen=True)
class TimedModels:
    """Costs of the models of a plan; ``bounds`` are the seconds that networks are given a fit, None: no bound."""

    costs: Mapping[str, FitCost]
    bounds: Mapping[str, float | None] = field(default_factory=dict)

    def work(self, work: JobWork) -> Span:
        """Processor seconds of a job; nothing for a model that cannot be fitted here, or that nothing bounds."""
        name = work.job.model
        if name in self.bounds:
            # a network learns the targets of a group at once
            return Span.about((self.bounds[name] or 0.0) * work.n_fits / work.alike, _DOUBT)
        if name not in self.costs:
            return Span()
        cost = self.costs[name]
        seconds = Span.about(cost.predict_a_row * work.n_predicted, _DOUBT)
        for rows, count in work.all_fits.items():
            seconds += cost.fit(rows, work.n_columns, work.alike) * count
        return seconds

    def thin(self, work: JobWork, rows: int) -> Span:
        """Processor seconds of one fit of a job on so many rows, that is only judged."""
        cost = self.costs.get(work.job.model)
        return Span() if cost is None else cost.judged(rows, work.n_columns, work.alike)


@dataclass(frozen=True)
class PartCosts:
    """Expected seconds of pieces of a comparison by what models were measured to take; by the fixed rule where they were not.

    Fits on tables of ``n_rows`` rows take no more of them than the settings say.
    """

    models: TimedModels
    settings: ComparisonSettings
    n_rows: int

    def __call__(self, part: Part) -> float:
        """Seconds of all fits of a piece."""
        cost = self.models.costs.get(part.model)
        if cost is None:
            return expected_seconds(part)
        most = training_rows(self.settings, self.n_rows, part.kind)
        rows = part.n_rows if most is None else min(most, part.n_rows)
        return part.n_fits * cost.fit(max(1, rows), part.n_columns, len(part.targets)).likely
