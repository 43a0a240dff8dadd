"""What a comparison will take by stage and by model, from what was timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from ...models.base import ModelInfo
from ..execution.job_memory import limit_workers, parent_bytes, worker_bytes
from ..execution.parallel import Workers, engine_of
from ..settings import Settings
from ..splits.splits import HELD_OUT
from ..studies.choice import features_of, targets_of
from ..training.job import Job
from ..training.job_folds import fold_regime
from ..training.size_rules import counts_of, rows_of, size_rules, studied_folds
from .fit_costs import TimedModels
from .screening_costs import KEPT, candidates, screening_seconds
from .span import Span, total
from .volume_costs import VolumeCosts
from .workload import JobWork, Workload

SCORED_FILE, SCORED_ROW = 0.005, 7e-6
"""Processor seconds of scoring a prediction file, and a row of it."""
SHOWN_SECONDS = 15.0
"""Seconds that the gallery takes, whatever the size of the data: it shows a few volumes."""
REPORT_SECONDS, REPORT_JOB = 4.0, 0.003
"""Seconds that the report takes, and more for each job."""
_ROUGH = 3.0
"""Factor by which what is not timed may be mistaken."""
FILE_BYTES, ROW_BYTES = 6_000, 16
"""Bytes of a prediction file, and of a row of it."""
RUN_ROW_BYTES = 120
"""Bytes of a row of the run table ``rows``."""
FIXED_BYTES = 20_000_000
"""Bytes of a bundle and a report."""


@dataclass(frozen=True)
class Line:
    """One stage: processor seconds, and seconds by the clock on the workers that a plan is for."""

    stage: str
    seconds: Span
    wall: Span


@dataclass(frozen=True)
class Estimate:
    """What a comparison with these settings takes."""

    settings: Settings
    works: tuple[JobWork, ...]
    lines: tuple[Line, ...]
    models: Mapping[str, Span]
    """Processor seconds by model, within those of the stage of models."""
    workers: int
    peak_bytes: int
    disk_bytes: int
    untimed: tuple[str, ...] = ()
    """Networks whose time nothing bounds; it is not in here."""

    @property
    def seconds(self) -> Span:
        """Processor seconds of all stages."""
        return total(line.seconds for line in self.lines)

    @property
    def wall(self) -> Span:
        """Seconds by the clock of all stages."""
        return total(line.wall for line in self.lines)

    @property
    def n_fits(self) -> int:
        """Number of fits of the comparison."""
        return sum(work.n_fits for work in self.works)

    def line(self, stage: str) -> Line:
        """The line of a stage; KeyError where there is none."""
        return {line.stage: line for line in self.lines}[stage]


@dataclass(frozen=True, eq=False)
class Estimator:
    """Estimates for a data set under any settings: everything that was timed, once.

    ``workers`` as in a request, ``parts`` into which a run is divided over machines; ``n_families`` of columns an
    ablation leaves out.
    """

    workload: Workload
    models: TimedModels
    volumes: VolumeCosts
    seconds_a_row: float
    n_rows: int
    n_volumes: int
    n_columns: int
    n_families: int
    workers: Workers = None
    memory: float | None = None
    parts: int = 1

    def estimate(self, settings: Settings) -> Estimate:
        """What a comparison with these settings takes."""
        works = self.workload.jobs(settings.comparison)
        bounds = _bounds(self.workload.models, works, settings)
        timed = replace(self.models, bounds=bounds)
        by_job = {work.job: timed.work(work) for work in works}
        screened = self._screened(settings, works)
        for work in screened:
            span = by_job[work.job]
            by_job[work.job] = Span(span.likely * KEPT.likely, span.low * KEPT.low, span.high * KEPT.high)
        by_model = {
            name: total(seconds for job, seconds in by_job.items() if job.model == name)
            for name in dict.fromkeys(job.model for job in by_job)
        }
        n_columns = self.n_columns + len(self.workload.data.designs.columns) + len(self.workload.sources.physics)
        limited = limit_workers(
            self.workers, max(1, len(works)), n_rows=self.n_rows, n_columns=n_columns, budget_gib=self.memory
        )
        at_once = engine_of(limited).n_workers(max(1, len(works)))
        volumes = engine_of(self.workers).n_workers(self.n_volumes)
        lines = [
            self._line("reading", Span.about(self.seconds_a_row * self.n_rows, 1.5), volumes),
            self._line("inspecting", self.volumes.inspect * self.n_volumes, volumes),
            self._line("describing", self.volumes.describe * (self.n_volumes * self.volumes.left), volumes),
            *self._screening(screened, timed, at_once),
            self._models(by_job, at_once),
            self._line("scores", _filed(works, screened, SCORED_FILE, SCORED_ROW).within(2.0), 1),
        ]
        studied = self._studies(settings, works)
        lines += [self._line("studies", studied, at_once)] if studied.likely else []
        lines += [self._line("gallery", Span.about(SHOWN_SECONDS, _ROUGH), 1)] if settings.report.gallery else []
        lines += [
            self._line("bundle", self._bundle(works), at_once),
            self._line("report", Span.about(2 * (REPORT_SECONDS + REPORT_JOB * len(works)), 2.0), 1),
        ]
        return Estimate(
            settings,
            works,
            tuple(lines),
            by_model,
            at_once,
            parent_bytes(self.n_rows) + at_once * worker_bytes(self.n_rows, n_columns),
            self._disk(_filed(works, screened, FILE_BYTES, ROW_BYTES).likely),
            tuple(name for name, seconds in bounds.items() if seconds is None),
        )

    def _line(self, stage: str, seconds: Span, workers: int) -> Line:
        parts = self.parts if stage in ("describing", "screening", "models") else 1
        return Line(stage, seconds, seconds * (1 / (workers * parts)))

    def _models(self, by_job: Mapping[Job, Span], workers: int) -> Line:
        """Jobs over the workers; never faster than the longest of them."""
        seconds, longest = total(by_job.values()), max((span.likely for span in by_job.values()), default=0.0)
        line = self._line("models", seconds, workers)
        return Line("models", seconds, line.wall * max(1.0, longest / max(line.wall.likely, 1e-9)))

    def _screened(self, settings: Settings, works: Sequence[JobWork]) -> tuple[JobWork, ...]:
        """Jobs that are screened on thin rows first, where the size of the data or a setting asks for it."""
        data = self.workload.data
        if not size_rules(settings.comparison, counts_of(data)).screening:
            return ()
        infos = {info.name: info for info in self.workload.models}
        return candidates(works, infos, len(data.cells), data.contract)

    def _screening(self, works: Sequence[JobWork], models: TimedModels, workers: int) -> list[Line]:
        if not works:
            return []
        return [self._line("screening", screening_seconds(works, models, self.workload.data.contract), workers)]

    def _boosters(self, works: Sequence[JobWork]) -> list[str]:
        """The boosters of a comparison, the dearest first; the dearest of all models where there are none."""
        kinds = {info.name: info.kind for info in self.workload.models}
        timed = dict.fromkeys(work.job.model for work in works if work.job.model in self.models.costs)
        wanted = [name for name in timed if kinds[name] == "booster"] or list(timed)
        return sorted(wanted, key=lambda name: -self._whole(works, name).likely)

    def _whole(self, works: Sequence[JobWork], model: str) -> Span:
        """One fit of a model on the largest training part and the richest table that it has."""
        rows, columns = max((max(work.all_fits), work.n_columns) for work in works if work.job.model == model)
        return self.models.costs[model].fit(rows, columns)

    def _studies(self, settings: Settings, works: Sequence[JobWork]) -> Span:
        """Refits of the best model, taken to be the dearest booster, on the folds of the first repeat; nothing for what is off."""
        study = settings.study
        most = studied_folds(settings.comparison, rows_of(self.workload.data), study.folds)
        if not (boosters := self._boosters(works)):
            return Span()
        models = [name for name in study.models if name in self.models.costs] or boosters[:1]
        jobs = [work.job for work in works]
        contract = self.workload.data.contract
        refits = float(study.importance) + (self.n_families if study.ablation else 0)
        found = Span()
        for model, target in product(models, targets_of(study, jobs, contract)):
            features = features_of(study, model, target, jobs)
            for work in works:
                if work.job == Job(target, model, features or "", work.job.regime) and work.job.regime in study.regimes:
                    along = len(HELD_OUT[fold_regime(work.job, contract)]) if study.learning_curves else 0
                    times = refits + along * sum(share for share in study.shares if share < 1)
                    n_folds = work.n_folds if most is None else min(most, work.n_folds)
                    found += self.models.costs[model].fit(max(work.fits), work.n_columns) * (times * n_folds)
        if study.costs:
            n_models = len({work.job.model for work in works})
            found += Span.about(study.timing_seconds * n_models, 1.5)
        return found.within(2.0)

    def _bundle(self, works: Sequence[JobWork]) -> Span:
        """For each target every booster once, and one simple model a regime."""
        targets = {work.job.target for work in works}
        fits = total(self._whole(works, name) for name in self._boosters(works))
        return (fits * len(targets) + Span.about(5.0, _ROUGH)).within(2.0)

    def _disk(self, predictions: float) -> int:
        return round(predictions + RUN_ROW_BYTES * self.n_rows + 8 * self.n_columns * self.n_volumes + FIXED_BYTES)


def _filed(works: Sequence[JobWork], screened: Sequence[JobWork], a_file: float, a_row: float) -> Span:
    """What prediction files take together; of jobs that are screened only those that are fitted in full leave one."""
    fewer = {work.job for work in screened}
    found = Span()
    for work in works:
        one = a_file + a_row * work.n_kept
        found += (KEPT if work.job in fewer else Span(1.0, 1.0, 1.0)) * one
    return found


def _bounds(models: Sequence[ModelInfo], works: Sequence[JobWork], settings: Settings) -> dict[str, float | None]:
    """Seconds that each network is given a fit; None where nothing bounds it."""
    used = {work.job.model for work in works}
    networks = [info.name for info in models if info.kind == "network" and info.name in used]
    return {name: settings.model.get(name, {}).get("seconds") for name in networks}
