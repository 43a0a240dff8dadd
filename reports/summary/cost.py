"""Cost of the run, and its projection to full size: seconds by model and by stage, memory."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..tables import records
from .context import Context, ModelInfo
from .estimate import Estimate, number
from .labels import feature_set_label, humanised
from .leaderboard import unfinished

FULL_SIZE = 1_500_000
"""Rows of a full data set: 15,000 volumes in 100 designs each."""


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
        """Fitting and predicting together, as far as they are known."""
        known = [value for value in (self.seconds_fit, self.seconds_predict) if not math.isnan(value)]
        return math.fsum(known) if known else math.nan

    @property
    def seconds_a_fit(self) -> float:
        """Mean time of a fit; NaN where nothing was fitted."""
        return self.seconds_fit / self.n_fits if self.n_fits else math.nan


@dataclass(frozen=True)
class Projection:
    """Cost of one model on one feature set, and at ``FULL_SIZE`` rows; seconds of processor time."""

    model: ModelInfo
    features: str
    features_label: str
    device: str
    note: str
    n_rows: int
    n_fits: int
    seconds_features: float
    seconds_fit: float
    seconds_predict: float
    fit_per_thousand: float
    predict_per_thousand: float
    exponent: Estimate
    projected: Estimate
    peak_memory: float


@dataclass(frozen=True)
class Cost:
    """Wall time by stage, time by model, memory in bytes; NaN where the manifest does not say."""

    models: tuple[ModelCost, ...]
    stages: tuple[tuple[str, float], ...]
    wall: float
    peak_memory: float
    n_fits: int
    unfinished: tuple[tuple[str, int], ...]
    projections: tuple[Projection, ...]
    failed_stages: tuple[tuple[str, str], ...] = ()
    """Stages after the scores that failed, each with its reason."""


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
        models=tuple(sorted(models, key=lambda item: (math.isnan(item.seconds), -item.seconds, item.model.name))),
        stages=tuple((humanised(stage), seconds) for stage, seconds in timing.items()),
        wall=total if total == total else _wall(manifest, timing),  # noqa: PLR0124  NaN differs from itself
        peak_memory=number(manifest.get("peak_memory_bytes")),
        n_fits=sum(item.n_fits for item in models),
        unfinished=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        projections=_projections(context),
        failed_stages=tuple((str(item["stage"]), str(item["reason"])) for item in manifest.get("failed_stages") or ()),
    )


def _projections(context: Context) -> tuple[Projection, ...]:
    """The rows of costs.parquet, the most expensive at full size first."""
    found = [_projection(context, row) for row in records(context.run.table("costs"))]
    return tuple(
        sorted(
            found,
            key=lambda item: (
                not item.projected.known,
                -item.projected.value if item.projected.known else 0.0,
                item.model.name,
                item.features,
            ),
        )
    )


def _without_diagnostics(note: str) -> str:
    """A note of many jobs without what each fit said of itself, which differs from job to job and stands in the manifest."""
    return "; ".join(part for part in note.split("; ") if not re.match(r"mean of \d+ fits: ", part))


def _projection(context: Context, row: Mapping[str, Any]) -> Projection:
    def between(name: str, low: str, high: str) -> Estimate:
        return Estimate(number(row.get(name)), number(row.get(low)), number(row.get(high)))

    return Projection(
        model=context.model(row["model"]),
        features=row["features"],
        features_label=feature_set_label(row["features"]),
        device=str(row["device"] or ""),
        note=_without_diagnostics(str(row["note"] or "")),
        n_rows=int(row["n_rows"]),
        n_fits=int(row["n_fits"]),
        seconds_features=number(row["seconds_features"]),
        seconds_fit=number(row["seconds_fit"]),
        seconds_predict=number(row["seconds_predict"]),
        fit_per_thousand=number(row["fit_per_thousand"]),
        predict_per_thousand=number(row["predict_per_thousand"]),
        exponent=between("exponent", "exponent_low", "exponent_high"),
        projected=between("projected_seconds", "projected_low", "projected_high"),
        peak_memory=number(row["peak_memory_bytes"]),
    )


def _model_cost(model: ModelInfo, jobs: list[Mapping[str, Any]]) -> ModelCost:
    def total(key: str) -> float:
        known = [value for job in jobs if (value := number(job.get(key))) == value]
        # An entry need not state its cost; of a model no job may have run at all, which costs nothing.
        return math.nan if model.entered and not known else math.fsum(known)

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
