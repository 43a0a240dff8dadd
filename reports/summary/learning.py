"""Learning curves: the gain from more volumes or more designs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .context import Context
from .estimate import Estimate, estimate
from .study_rows import Subject, headline_metric, subjects

ALONG: Mapping[str, str] = {"volumes": "training volumes", "designs": "training designs"}
LEAST_GAIN = 0.01
"""A rise of the score over the last step that is worth a mention."""


@dataclass(frozen=True)
class Point:
    """A score after training on a share of the groups."""

    share: float
    n_groups: int
    n_rows: int
    score: Estimate


@dataclass(frozen=True)
class Curve:
    """Scores of one subject along volumes or designs, fewest groups first."""

    about: Subject
    along: str
    along_label: str
    metric: str
    scale: str
    points: tuple[Point, ...]

    @property
    def panel(self) -> tuple[str, ...]:
        """Curves that share it belong into one picture."""
        return self.about.target.name, self.about.regime.name, self.along, self.metric

    @property
    def rising(self) -> bool | None:
        """Whether the last step is a rise beyond noise; None where one size alone says nothing."""
        known = [point for point in self.points if point.score.known]
        if len(known) < 2:  # noqa: PLR2004  a step joins two points
            return None
        before, after = known[-2].score, known[-1].score
        return before.bounded and after.lo > before.value and after.value - before.value > LEAST_GAIN

    @property
    def reading(self) -> str:
        """Reading of the last step; its interval decides."""
        if self.rising is None:
            return "one size alone says nothing about growth"
        if self.rising:
            return f"still rising: more {self.along} would help"
        return f"no rise beyond noise in the last step: more {self.along} may not help"


@dataclass(frozen=True)
class LearningCurves:
    """All curves, or the reason why there are none."""

    curves: tuple[Curve, ...]
    reason: str

    @property
    def panels(self) -> tuple[tuple[Curve, ...], ...]:
        """The curves that share a picture, together."""
        names = dict.fromkeys(curve.panel for curve in self.curves)
        return tuple(tuple(curve for curve in self.curves if curve.panel == name) for name in names)


def learning_curves(context: Context) -> LearningCurves:
    """The curves of learning_curves.parquet in the headline metric and on the headline scales."""
    curves = []
    for about, rows in subjects(context, "learning_curves"):
        own = [row for row in rows if row["scale"] == about.target.scale]
        for along in dict.fromkeys(row["along"] for row in own):
            metric = headline_metric(own)
            points = sorted(
                (
                    Point(float(row["share"]), int(row["n_groups"]), int(row["n_rows"]), estimate(row))
                    for row in own
                    if row["along"] == along and row["metric"] == metric
                ),
                key=lambda point: point.n_groups,
            )
            curves.append(Curve(about, along, ALONG.get(along, along), metric, about.target.scale, tuple(points)))
    return LearningCurves(tuple(curves), "" if curves else "No learning curves were computed in this run.")
