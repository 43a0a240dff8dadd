"""A plan before the work: a data set is looked at, little is timed, and what the whole will take follows."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from ...features.backends import get_backend
from ...features.description import wanted_columns
from ..execution.parallel import engine_of
from ..execution.plugins import with_plugins
from ..settings import Settings
from ..tables.feature_sets import sources
from ..training.job import InstalledModels, sized
from ..training.job_costs import Costs, expected_seconds
from ..training.request import Request
from ..training.size_rules import counts_of, size_rules
from .budget import Cut, fit_budget
from .estimate import Estimate, Estimator
from .fit_costs import FitTimer, PartCosts, TimedModels
from .stand_in import stand_in_data
from .survey import Survey, survey
from .volume_costs import VolumeCosts, time_volumes
from .workload import Workload, known_shares

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a comparison will take; with a budget, under which settings and without what."""

    name: str
    """Name of the data set."""
    n_rows: int
    n_volumes: int
    n_designs: int
    shape: str
    """Shape of the volumes that were timed."""
    n_timed: int
    n_cached: int
    n_sampled: int
    estimate: Estimate
    rules: tuple[str, ...] = ()
    """What the size of the data changes, in words."""
    budget: float | None = None
    """Seconds by the clock."""
    cuts: tuple[Cut, ...] = ()
    costs: Costs = expected_seconds
    """Expected seconds of pieces of the comparison, as measured."""

    @property
    def settings(self) -> Settings:
        """Settings of the comparison that was planned."""
        return self.estimate.settings

    def as_dict(self) -> dict[str, Any]:
        """Budget, what was left out for it, and the estimate, as plain values ready for JSON."""
        estimate = self.estimate
        return {
            "budget_seconds": self.budget,
            "left_out": [cut.as_dict() for cut in self.cuts],
            "cpu_seconds": vars(estimate.seconds),
            "wall_seconds": vars(estimate.wall),
            "peak_memory_bytes": estimate.peak_bytes,
            "disk_bytes": estimate.disk_bytes,
            "workers": estimate.workers,
        }

    def __str__(self) -> str:
        from .words import table

        return table(self)


def make_plan(request: Request) -> Plan:
    """Plan a comparison: nothing is written into its folder, and nothing is fitted but on a thin sample of the rows.

    Where the request has a budget, what is planned fits it. Raises DataSetError for data that cannot be used,
    SettingsError for unknown names and for a budget that nothing fits, DeviceError where the device does not answer.
    """
    settings = with_plugins(request.settings)
    seen = survey(request.data, settings, request.contract, images=request.images, labels=request.labels)
    columns = wanted_columns(seen.settings.comparison.tiers, None)
    engine = engine_of(request.workers)
    # what is timed is timed here, whatever other machines have
    backend = engine.backend(request.device) if engine.is_local else get_backend("cpu").name
    catalog = InstalledModels(settings.model, settings.tuning)
    log.info("timing what a plan of %d rows needs", seen.n_rows)
    volumes = time_volumes(seen, columns, backend)
    estimator, rules = _estimator(request, seen, volumes, catalog)
    asked = seen.settings
    weights = {target.name: target.weight for target in seen.contract.targets}
    models = {info.name: info for info in catalog.available()}
    if request.budget is None:
        estimate, cuts = estimator.estimate(asked), tuple[Cut, ...]()
    else:
        fitted = fit_budget(asked, request.budget, estimator.estimate, models, weights)
        estimate, cuts = fitted.estimate, fitted.cuts
    # what a contract says of volumes is not the user's to set twice
    back = replace(estimate.settings, volume=settings.volume)
    return Plan(
        request.data.name,
        seen.n_rows,
        len(seen.filenames),
        len(seen.designs),
        volumes.shape,
        volumes.n_timed,
        volumes.n_cached,
        len(seen.at),
        replace(estimate, settings=back),
        rules,
        request.budget,
        cuts,
        PartCosts(estimator.models, back.comparison, seen.n_rows),
    )


def _estimator(
    request: Request, seen: Survey, volumes: VolumeCosts, catalog: InstalledModels
) -> tuple[Estimator, tuple[str, ...]]:
    columns = wanted_columns(seen.settings.comparison.tiers, None)
    comparison = seen.settings.comparison
    data = stand_in_data(seen, [column.name for column in columns])
    tiers = {column.name: column.tier for column in columns}
    feature_sources = sources(comparison, tiers, metres=seen.settings.volume.metric, contract=seen.contract)
    rules = size_rules(comparison, counts_of(data))
    chosen = sized(catalog, rules)
    workload = Workload(data, chosen.available(), feature_sources, known_shares(data, len(seen.at)))
    works = workload.jobs(comparison)
    timed = FitTimer(data, feature_sources, chosen, comparison).costs(works)
    estimator = Estimator(
        workload,
        TimedModels(timed),
        volumes,
        seen.seconds_a_row,
        seen.n_rows,
        len(seen.filenames),
        len(columns),
        len({column.family for column in columns}) + 1,
        workers=request.workers,
        memory=request.memory,
        parts=1 if request.shard is None else request.shard.of,
    )
    return estimator, tuple(rule.what for rule in rules.applied)
