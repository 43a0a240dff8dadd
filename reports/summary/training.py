"""Score of the networks over the seconds of their training: whether more of it would have helped."""

from __future__ import annotations

from dataclasses import dataclass

from ...schema import MAIN_REGIMES
from .context import Context, ModelInfo, RegimeInfo


@dataclass(frozen=True)
class Training:
    """(seconds, score on the validation parts so far) of a model under a regime, in the mean over its fits."""

    model: ModelInfo
    regime: RegimeInfo
    points: tuple[tuple[float, float], ...]


def trainings(context: Context) -> tuple[Training, ...]:
    """The courses that jobs recorded, each model under the strictest regime that it was trained for."""
    found: dict[str, Training] = {}
    of_rows = {target.name for target in context.targets if not target.volume_only}
    jobs = [job for job in context.run.manifest.get("jobs") or () if job.get("course") and job.get("target") in of_rows]
    for job in sorted((job for job in jobs if job["regime"] in MAIN_REGIMES), key=_strictness):
        points = tuple((float(seconds), float(score)) for seconds, score in job["course"])
        found[job["model"]] = Training(context.model(job["model"]), context.regime(job["regime"]), points)
    return tuple(found.values())


def _strictness(job: dict[str, str]) -> tuple[int, bool]:
    """Order of jobs: the strictest regime last, and there all training rows after a cut-down training."""
    return MAIN_REGIMES.index(job["regime"]), job.get("variant") != "equal-size"
