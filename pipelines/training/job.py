"""Jobs as frozen records: a list of jobs is the sweep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

from ...errors import MissingExtraError, SettingsError
from ...features.physics import quantities
from ...models.base import Model, ModelInfo
from ...schema import (
    BUILT_IN,
    FEATURE_SETS,
    PREDICTION_PARTITIONS,
    REGIMES,
    Contract,
    richest_with_image,
    without_image,
)
from ..settings import ComparisonSettings, TuningSettings
from ..tables.feature_sets import applies, lacks
from .size_rules import SizeRules
from .tuning import tuned

DEFAULT = "default"
"""Among the names of models: all that are on by default."""

Variant = Literal["as-is", "equal-size", "unclipped"]
Status = Literal["done", "failed", "not applicable", "screened"]

FOLDERS: dict[Variant, str] = {
    "as-is": "predictions",
    "equal-size": "predictions_equal_size",
    "unclipped": "predictions_unclipped",
}
"""Folders of a variant's predictions in a run; the second holds ``random`` cut down to the size of ``new-both``, the third
the ``ood`` regimes before models clipped what they predict to the range of training."""


class Catalog(Protocol):
    """Source of models: ``models.registry``, or a test's own."""

    def available(self) -> tuple[ModelInfo, ...]:
        """All models, the simplest first."""
        ...

    def create(self, name: str) -> Model:
        """The model of that name with its default settings."""
        ...


@dataclass(frozen=True)
class InstalledModels:
    """The models of this package, with settings of single ones over their defaults."""

    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tuning: TuningSettings = field(default_factory=TuningSettings)
    trials: Path | None = None
    """Folder in which the trials of tuning are kept, so that one that was stopped goes on."""
    rules: SizeRules = field(default_factory=SizeRules)
    """How the size of the data changes the defaults of models; ``options`` go over it."""

    def available(self) -> tuple[ModelInfo, ...]:
        """All models, trivial ones first."""
        from ...models import registry

        return registry.available()

    def create(self, name: str) -> Model:
        """The model of that name; MissingExtraError where its library is not installed."""
        from ...models import registry

        own = self.options.get(name, {})
        model = registry.create(name, **own)
        if changed := self.rules.model_settings(model):
            model = registry.create(name, **{**changed, **own})
        wanted = self.tuning.on and (not self.tuning.models or name in self.tuning.models)
        return tuned(model, self.tuning, self.trials) if wanted else model


def sized(catalog: Catalog, rules: SizeRules) -> Catalog:
    """The catalog with its defaults as the size of the data wants them; another source of models stays as it is."""
    return replace(catalog, rules=rules) if isinstance(catalog, InstalledModels) else catalog


def uses_whole_cluster(catalog: Catalog, model: str) -> bool:
    """Whether a model trains over all workers by itself, so that none may be kept busy by asking for it."""
    with suppress(MissingExtraError, SettingsError):
        return bool(getattr(catalog.create(model), "distributed", False))
    return False


@dataclass(frozen=True)
class Job:
    """One target predicted by one model from one feature set under one regime."""

    target: str
    model: str
    features: str
    regime: str
    variant: Variant = "as-is"

    def file(self, run_dir: Path) -> Path:
        """Path of its prediction file, in hive partitions."""
        parts = (f"{name}={quote(getattr(self, name), safe=' +')}" for name in PREDICTION_PARTITIONS)
        return run_dir.joinpath(FOLDERS[self.variant], *parts, "part-0.parquet")


@dataclass(frozen=True)
class JobRecord:
    """Record of a job: its outcome, and seconds by the wall clock and by this process's processors."""

    job: Job
    status: Status
    reason: str | None = None
    seconds_fit: float | None = None
    seconds_predict: float | None = None
    cpu_seconds_fit: float | None = None
    cpu_seconds_predict: float | None = None
    seconds_intervals: float | None = None
    cpu_seconds_intervals: float | None = None
    n_fits: int = 0
    n_rows_fit: int = 0
    """Rows fitted on, over all fits together."""
    n_rows_predict: int = 0
    device: str | None = None
    peak_memory_bytes: int | None = None
    """Largest resident memory, until the job ended, of the process that ran it; None where unknown."""
    note: str | None = None
    """Remarks on the fits for the reader, such as that a time limit ended them."""
    interval_method: str | None = None
    """``split`` or ``cv+`` (conformal), ``model`` for bounds of the model's own, None where none were asked for."""
    interval_reason: str | None = None
    """Reason why there are no intervals although they were asked for."""
    n_calibration: int | None = None
    course: Sequence[Sequence[float]] | None = None
    """(seconds of training, mean score on the validation parts so far), for a model that reports it: see ``course``."""

    def as_dict(self) -> dict[str, Any]:
        """Flat plain values, ready for JSON; without a course where there is none, as of most jobs."""
        values = asdict(self)
        if self.course is None:
            del values["course"]
        return {**values.pop("job"), **values}


def plan_jobs(
    settings: ComparisonSettings,
    models: Sequence[ModelInfo],
    *,
    volumes: bool = False,
    equal_size: bool = True,
    ensembles_everywhere: bool = True,
    contract: Contract = BUILT_IN,
) -> tuple[Job, ...]:
    """Every combination that the settings ask for and that models and feature sets can mean.

    ``volumes`` says that voxels are available for the sets that need them. With ``equal_size`` each
    job of ``random`` is also planned with its training cut down to the size of ``new-both``, if both
    are asked for. Unless ``ensembles_everywhere``, ensembles predict cells from the richest table set and its counterpart without
    the image alone. SettingsError for a name that is unknown.
    """
    by_name = {info.name: info for info in models}
    default = [info.name for info in models if info.default]
    wanted = [name for item in settings.models for name in (default if item == DEFAULT else [item])]
    chosen = _chosen(wanted, by_name, default, "model")
    targets = _chosen(settings.targets, contract.by_name, list(contract.by_name), "target")
    names = [item.name for item in FEATURE_SETS]
    sets = _chosen(settings.feature_sets, names, names, "feature set")
    regimes = _chosen(settings.regimes, [item.name for item in REGIMES], [], "regime")
    possible = [
        item
        for item in FEATURE_SETS
        if item.name in sets
        and set(item.tiers) <= set(settings.tiers)
        and (volumes or not (item.volumes or item.embedding))
    ]
    if lacking := _without_physics(settings, contract):
        if named := [item.name for item in possible if item.physics and item.name in settings.feature_sets]:
            raise SettingsError(f"feature set {named[0]!r}: {lacking}")
        possible = [item for item in possible if not item.physics]
    both = {"random", "new-both"} <= set(regimes)
    richest = richest_with_image(item.name for item in possible)
    compared = {item.name for item in possible} if richest is None else {richest, without_image(richest)}
    jobs = []
    for regime, name, item, target in product(regimes, chosen, possible, targets):
        info = by_name[name]
        is_rare = info.kind == "ensemble" and not (ensembles_everywhere or contract.volume_only(target))
        if is_rare and item.name not in compared:
            continue
        if item.name in info.feature_sets and applies(item, target, contract) and target in (info.targets or (target,)):
            jobs.append(Job(target, name, item.name, regime))
            if equal_size and both and regime == "random" and not contract.volume_only(target):
                jobs.append(Job(target, name, item.name, regime, "equal-size"))
    return tuple(jobs)


def _without_physics(settings: ComparisonSettings, contract: Contract) -> str | None:
    """Reason why no physics feature can be computed under a contract; None where one can."""
    reasons = [lacks(item, contract) for item in quantities(settings.electrode)]
    return reasons[0] if reasons and all(reasons) else None


def with_intervals(jobs: Sequence[Job], models: Sequence[ModelInfo], settings: ComparisonSettings) -> frozenset[Job]:
    """The jobs whose predictions get conformal intervals: of the models and sets that the settings name.

    Where no sets are named it is the richest table that a model is given for a target. SettingsError for
    an unknown model, and for one whose errors on held-back rows say nothing: it needs ids,
    knows lives by bounds, or learns all targets at once.
    """
    by_name = {info.name: info for info in models}
    usual = ComparisonSettings().intervals
    chosen = [name for name in settings.intervals if name in by_name or name not in usual]
    for info in (by_name[name] for name in _chosen(chosen, by_name, [], "model")):
        if info.requires_seen_ids or info.censoring or info.multi_target:
            raise SettingsError(f"comparison.intervals: {info.name} cannot be calibrated on rows held back")
    tables = {
        item.name: rank
        for rank, item in enumerate(FEATURE_SETS)
        if not (item.volumes or item.embedding or item.derives)
    }
    sets = _chosen(settings.interval_sets, [item.name for item in FEATURE_SETS], list(tables), "feature set")
    asked = [job for job in jobs if job.model in chosen and job.features in sets and job.variant == "as-is"]
    if settings.interval_sets:
        return frozenset(asked)
    richest: dict[tuple[str, str, str], Job] = {}
    for job in sorted(asked, key=lambda job: tables[job.features]):
        richest[job.target, job.model, job.regime] = job
    return frozenset(richest.values())


def _chosen(wanted: Sequence[str], known: Iterable[str], default: list[str], what: str) -> list[str]:
    known = list(known)
    for name in wanted:
        if name not in known:
            raise SettingsError(f"unknown {what} {name!r}; known: {', '.join(known)}")
    return list(dict.fromkeys(wanted)) or default
