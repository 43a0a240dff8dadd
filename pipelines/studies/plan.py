"""All jobs of the studies that the settings ask for and that the comparison of a run allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...models.base import ModelInfo
from ...schema import FEATURE_SET_BY_NAME, FEATURE_SETS, Contract
from ..scoring.losses import prediction_files
from ..settings import StudySettings
from ..splits.splits import HELD_OUT
from ..tables.feature_sets import FeatureSources, feature_rows
from ..tables.run_tables import load_data
from ..training.job import Job
from ..training.job_folds import fold_regime
from .choice import features_of, models_of, regimes_of, targets_of
from .families import families_present
from .jobs import StudyJob

ALONG = {"volume": "volumes", "design": "designs"}
"""The groups along which more training data can come, and what the tables call them."""


def plan_studies(
    run_dir: Path,
    settings: StudySettings,
    models: Sequence[ModelInfo],
    feature_sources: FeatureSources,
    families: Mapping[str, str],
    *,
    device: str,
) -> tuple[StudyJob, ...]:
    """The jobs, the most expensive first; none for models and sets that were not compared."""
    jobs = prediction_files(run_dir)
    data = load_data(run_dir)
    planned: list[StudyJob] = []
    for model in models_of(run_dir, settings, models, jobs):
        for target in targets_of(settings, jobs, data.contract):
            features = features_of(settings, model, target, jobs)
            if features is None:
                continue
            columns = feature_rows(features, data.table(target), data, feature_sources).columns
            for regime in regimes_of(settings, model, target, features, jobs, contract=data.contract):
                job = Job(target, model, features, regime)
                if settings.importance:
                    planned.append(_importance(job, settings))
                if settings.ablation:
                    present = families_present(columns, families)
                    planned += [_study("ablation", job, left_out=family) for family in present]
                if settings.learning_curves:
                    planned += _curves(job, settings, data.contract)
    if settings.costs:
        planned += _costs(jobs, settings, models, device, data.contract)
    return tuple(planned)


def _study(study: str, job: Job, **detail: object) -> StudyJob:
    named = tuple((name, str(value)) for name, value in detail.items())
    return StudyJob(study, job.target, job.model, job.features, job.regime, named)  # type: ignore[arg-type]


def _importance(job: Job, settings: StudySettings) -> StudyJob:
    return _study(
        "importance",
        job,
        rows=settings.explained_rows,
        shuffles=settings.shuffles,
        correlation=settings.correlation,
    )


def _curves(job: Job, settings: StudySettings, contract: Contract) -> Iterator[StudyJob]:
    for dimension in HELD_OUT[fold_regime(job, contract)]:
        if dimension in ALONG:
            for share in sorted({*settings.shares, 1.0}):
                yield _study("learning-curves", job, along=ALONG[dimension], share=share)


def _costs(
    jobs: Sequence[Job], settings: StudySettings, models: Sequence[ModelInfo], device: str, contract: Contract
) -> Iterator[StudyJob]:
    """One growth measurement a model, on its heaviest target and richest feature set; networks bound their own time."""
    richness = {item.name: number for number, item in enumerate(FEATURE_SETS)}
    for info in reversed(models):
        own = [job for job in jobs if job.model == info.name and _tabular(job.features)]
        if own and info.kind != "network":
            best = max(own, key=lambda job: (contract.target(job.target).weight, richness[job.features]))
            where = Job(best.target, best.model, best.features, "")
            yield _study("costs", where, seconds=settings.timing_seconds, device=device)


def _tabular(features: str) -> bool:
    """Whether a set is made from the run's tables alone, without voxels."""
    item = FEATURE_SET_BY_NAME[features]
    return not (item.volumes or item.embedding)
