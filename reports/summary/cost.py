"""What the run cost: seconds by model and by stage, memory, machine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .context import Context, ModelInfo
from .estimate import number
from .labels import humanised
from .leaderboard import unfinished


@dataclass(frozen=True)
class ModelCost:
    """All jobs of one model together."""

    model: ModelInfo
    seconds_fit: float
    seconds_predict: float
    n_jobs: int
    n_fits: int
    n_unfinished: int
    devices: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Fitting and predicting together."""
        return self.seconds_fit + self.seconds_predict

    @property
    def seconds_a_fit(self) -> float:
        """Mean time of a fit; NaN where nothing was fitted."""
        return self.seconds_fit / self.n_fits if self.n_fits else math.nan


@dataclass(frozen=True)
class Cost:
    """Wall time by stage, time by model, memory in bytes; NaN where the manifest does not say."""

    models: tuple[ModelCost, ...]
    stages: tuple[tuple[str, float], ...]
    wall: float
    peak_memory: float
    n_fits: int
    unfinished: tuple[tuple[str, int], ...]


def cost(context: Context) -> Cost:
    """Sums over the jobs and stages of the manifest."""
    manifest = context.run.manifest
    jobs = manifest.get("jobs") or []
    names = list(dict.fromkeys(str(job.get("model")) for job in jobs))
    models = [
        _model_cost(context.model(name), [job for job in jobs if str(job.get("model")) == name]) for name in names
    ]
    timing = {str(stage): number(seconds) for stage, seconds in (manifest.get("timing") or {}).items()}
    total = timing.pop("total", math.nan)
    reasons = Counter(str(job.get("reason") or job.get("status")) for job in jobs if unfinished(job))
    return Cost(
        models=tuple(sorted(models, key=lambda item: (-item.seconds, item.model.name))),
        stages=tuple((humanised(stage), seconds) for stage, seconds in timing.items()),
        wall=total if total == total else _wall(manifest, timing),  # noqa: PLR0124  NaN differs from itself
        peak_memory=number(manifest.get("peak_memory_bytes")),
        n_fits=sum(item.n_fits for item in models),
        unfinished=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )


def _model_cost(model: ModelInfo, jobs: list[Mapping[str, Any]]) -> ModelCost:
    def total(key: str) -> float:
        return math.fsum(value for job in jobs if (value := number(job.get(key))) == value)

    return ModelCost(
        model=model,
        seconds_fit=total("seconds_fit"),
        seconds_predict=total("seconds_predict"),
        n_jobs=len(jobs),
        n_fits=int(total("n_fits")),
        n_unfinished=sum(map(unfinished, jobs)),
        devices=tuple(sorted({str(job["device"]) for job in jobs if job.get("device")})),
    )


def _wall(manifest: Mapping[str, Any], timing: Mapping[str, float]) -> float:
    """Seconds from start to end of the run, else the sum of its stages."""
    try:
        start, end = (datetime.fromisoformat(str(manifest.get(key))) for key in ("created", "finished"))
        return (end - start).total_seconds()
    except (ValueError, TypeError):
        return math.fsum(timing.values()) if timing else math.nan
