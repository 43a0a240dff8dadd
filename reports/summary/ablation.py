"""Ablation: the worth of a family of descriptors, as the loss when it is left out."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .estimate import Estimate, estimate, number
from .labels import humanised
from .study_rows import Subject, headline_metric, subjects


@dataclass(frozen=True)
class Part:
    """A family left out: the score with all, without it, and the difference."""

    family: str
    label: str
    n_columns: int
    value_all: float
    value_without: float
    worth: Estimate


@dataclass(frozen=True)
class Ablation:
    """The families of one subject, worth most first."""

    about: Subject
    metric: str
    scale: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Ablations:
    """All ablations, or the reason why there are none."""

    found: tuple[Ablation, ...]
    reason: str


def ablations(context: Context) -> Ablations:
    """The rows of ablation.parquet in the headline metric and on the headline scales."""
    found = []
    for about, rows in subjects(context, "ablation"):
        own = [row for row in rows if row["scale"] == about.target.scale]
        if not own:
            continue
        metric = headline_metric(own)
        parts = [
            Part(
                family=row["left_out"],
                label=humanised(row["left_out"]),
                n_columns=int(row["n_columns"]),
                value_all=number(row["value_all"]),
                value_without=number(row["value_without"]),
                worth=estimate(row, "difference"),
            )
            for row in own
            if row["metric"] == metric
        ]
        parts.sort(key=lambda part: (not part.worth.known, -part.worth.value if part.worth.known else 0.0))
        found.append(Ablation(about, metric, about.target.scale, tuple(parts)))
    return Ablations(tuple(found), "" if found else "No family of descriptors was left out in this run.")
