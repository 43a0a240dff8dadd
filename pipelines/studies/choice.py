"""Choice of the model, target and feature set of a study, where the settings leave it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ...errors import SettingsError
from ...models.base import ModelInfo
from ...schema import BUILT_IN, FEATURE_SET_BY_NAME, FEATURE_SETS, OVERALL, REGIME_BY_NAME, Contract
from ..scoring.optimism_gap import strictest
from ..settings import StudySettings
from ..training.job import Job

ALWAYS = "tau_factor"
"""Studied beside the heaviest target: what the image alone decides."""


def check_names(settings: StudySettings, models: Sequence[ModelInfo], contract: Contract = BUILT_IN) -> None:
    """SettingsError for a name that nothing has, before any work is done."""
    known = {
        "models": [info.name for info in models],
        "targets": list(contract.by_name),
        "regimes": list(REGIME_BY_NAME),
        "features": [item.name for item in FEATURE_SETS],
    }
    for key, names in known.items():
        value = getattr(settings, key)
        for name in (value,) if isinstance(value, str) else value or ():
            if name not in names:
                raise SettingsError(f"study.{key}: unknown name {name!r}; known: {', '.join(names)}")


def models_of(run_dir: Path, settings: StudySettings, models: Sequence[ModelInfo], jobs: Sequence[Job]) -> list[str]:
    """The models to study, those that were compared on descriptors only: the named ones, else the best booster.

    Best is the one with the highest overall skill under the strictest regime; where there is no
    booster, the best of the others.
    """
    able = {job.model for job in jobs if FEATURE_SET_BY_NAME[job.features].tiers}
    if settings.models:
        return [name for name in dict.fromkeys(settings.models) if name in able]
    kinds = {
        info.name: info.kind
        for info in models
        if info.name in able and info.censoring is None and not info.multi_target
    }
    boosters = [name for name, kind in kinds.items() if kind == "booster"]
    candidates = boosters or list(kinds)
    ranked = _by_overall_skill(run_dir, candidates)
    return (ranked or candidates)[:1]


def _by_overall_skill(run_dir: Path, candidates: Sequence[str]) -> list[str]:
    """The candidates by their best overall skill under the strictest regime, those on the most targets only."""
    path = run_dir / f"{OVERALL.name}.parquet"
    overall = pd.read_parquet(path)
    overall = overall[overall["model"].isin(candidates)]
    overall = overall[(overall["metric"] == "skill") & (overall["variant"] == "all") & overall["value"].notna()]
    regime = strictest([*overall["regime"].unique()])
    overall = overall[(overall["regime"] == regime) & (overall["n_targets"] == overall["n_targets"].max())]
    return list(dict.fromkeys(overall.sort_values("value", ascending=False, kind="stable")["model"]))


def targets_of(settings: StudySettings, jobs: Sequence[Job], contract: Contract = BUILT_IN) -> list[str]:
    """The targets to study, those that were compared only: the named ones, else the heaviest and the tortuosity factor."""
    compared = {job.target for job in jobs}
    if settings.targets:
        return [name for name in dict.fromkeys(settings.targets) if name in compared]
    heaviest = sorted((item for item in contract.targets if item.name in compared), key=lambda item: -item.weight)
    return list(dict.fromkeys([item.name for item in heaviest[:1]] + [ALWAYS] * (ALWAYS in compared)))


def features_of(settings: StudySettings, model: str, target: str, jobs: Sequence[Job]) -> str | None:
    """The feature set to study: the named one, else the richest with descriptors, if possible without physics features.

    A set that joins descriptors and scalars would show the same family twice. Of a large set, where screening may leave a set to some
    regimes, those come first that have the most regimes that are studied. None where the model has none.
    """
    own = [job for job in jobs if (job.model, job.target) == (model, target)]
    studied = Counter(job.features for job in own if job.regime in settings.regimes)
    most = max(studied.values(), default=0)
    compared = {job.features for job in own if studied[job.features] == most}
    usual = [item.name for item in FEATURE_SETS if item.name in compared and item.tiers]
    if settings.features is not None and settings.features in usual:
        return settings.features
    plain = [name for name in usual if not FEATURE_SET_BY_NAME[name].physics]
    return next(iter((plain or usual)[::-1]), None)


def regimes_of(
    settings: StudySettings,
    model: str,
    target: str,
    features: str,
    jobs: Sequence[Job],
    *,
    contract: Contract = BUILT_IN,
) -> list[str]:
    """The regimes to study, those that were compared only; one for what depends on the volume alone."""
    found = [name for name in settings.regimes if Job(target, model, features, name) in set(jobs)]
    return found[:1] if contract.volume_only(target) else found
