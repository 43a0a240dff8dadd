"""How the processor time of a run grows with its volumes: exponents by stage, and what follows for sizes that nobody ran."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MODELS = "models"
"""The stage whose cost is that of its jobs."""
_SPENT = ("cpu_seconds_fit", "cpu_seconds_predict", "cpu_seconds_intervals")
_ALIKE = ("target", "model", "features", "regime", "variant")

Job = Mapping[str, Any]
"""A job of a run's manifest."""


@dataclass(frozen=True)
class Costs:
    """Processor seconds of a run of some volumes, by stage; ``whole`` where nothing of it was projected."""

    volumes: int
    stages: Mapping[str, float]
    whole: bool = True

    @property
    def total(self) -> float:
        """Processor seconds of all stages."""
        return math.fsum(self.stages.values())


def exponent(small: Costs, large: Costs, stage: str) -> float:
    """Power of the number of volumes with which a stage grows; NaN where it takes no time."""
    less, more = small.stages.get(stage, 0.0), large.stages.get(stage, 0.0)
    if min(less, more) <= 0.0:
        return math.nan
    return math.log(more / less) / math.log(large.volumes / small.volumes)


def job_seconds(job: Job) -> float:
    """Processor seconds of a job."""
    return math.fsum(job.get(name) or 0.0 for name in _SPENT)


def partly_run(small: Sequence[Costs], jobs: Iterable[Job], sample: Iterable[Job], measured: Costs) -> Costs:
    """The costs of a size of which some stages and a sample of jobs were run.

    Each job of the largest whole run (``jobs``, of the last of ``small``) grows as those of its model in the ``sample`` do, which
    are jobs of that run too; a model without any as the mean of the others. Stages that were not run grow as they did between
    the whole runs, in proportion at least.
    """
    last = small[-1]
    done = {_name(job): job for job in jobs if job_seconds(job) > 0.0}  # of those that were left out early, too
    pairs = [(done[_name(job)], job) for job in sample if job_seconds(job) > 0.0 and _name(job) in done]
    if not pairs:
        raise ValueError("no job was run at both sizes")
    mean = _growth(pairs)
    growth = {model: _growth([pair for pair in pairs if pair[1]["model"] == model]) for model in _models(pairs)}
    spent = math.fsum(job_seconds(job) * growth.get(job["model"], mean) for job in done.values())
    beside = max(last.stages[MODELS] - math.fsum(map(job_seconds, done.values())), 0.0)
    grown = projected(small, measured.volumes).stages
    stages = {**grown, MODELS: spent + beside * measured.volumes / last.volumes, **measured.stages}
    return Costs(measured.volumes, {name: stages[name] for name in last.stages}, whole=False)


def projected(known: Sequence[Costs], volumes: int) -> Costs:
    """The costs of another size: every stage grows as it did last, in proportion to the volumes at least."""
    last = known[-1]

    def grown(stage: str) -> float:
        power = exponent(known[-2], last, stage) if len(known) > 1 else 1.0
        return last.stages[stage] * (volumes / last.volumes) ** max(1.0, power if math.isfinite(power) else 1.0)

    return Costs(volumes, {stage: grown(stage) for stage in last.stages}, whole=False)


def table(known: Sequence[Costs], target: Costs) -> str:
    """Costs by stage as a Markdown table, with the exponent between each size and the one before; * where part is projected."""
    head, lines = ["processor seconds"], [[stage] for stage in (*target.stages, "total")]
    for place, costs in enumerate([*known, target]):
        head.append(f"{costs.volumes:,}{'' if costs.whole else '*'}")
        for line in lines:
            seconds = costs.total if line[0] == "total" else costs.stages.get(line[0], 0.0)
            line.append(f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.1f}")
        if 0 < place < len(known):
            head.append("exponent")
            before, now = known[place - 1], costs
            totals = [Costs(item.volumes, {"total": item.total}) for item in (before, now)]
            for line in lines:
                power = exponent(*totals, "total") if line[0] == "total" else exponent(before, now, line[0])
                line.append(f"{power:.2f}" if math.isfinite(power) else "")
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _name(job: Job) -> tuple[Any, ...]:
    return tuple(job[name] for name in _ALIKE)


def _models(pairs: Iterable[tuple[Job, Job]]) -> set[str]:
    return {str(job["model"]) for _, job in pairs}


def _growth(pairs: Sequence[tuple[Job, Job]]) -> float:
    before = math.fsum(job_seconds(job) for job, _ in pairs)
    return math.fsum(job_seconds(job) for _, job in pairs) / before if before > 0 else 1.0
