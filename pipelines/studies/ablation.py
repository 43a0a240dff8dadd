"""Ablation: the loss from leaving one family of columns out, on the same folds and the same rows."""

from __future__ import annotations

from collections.abc import Iterator

from ..scoring.contrast import contrast
from ..scoring.losses import LossTable
from ..scoring.scores import r2, skill
from .families import without
from .jobs import Part, Row, StudyTask
from .refit import StudyContext

ALL, LEFT = ("all", ""), ("without", "")


def ablate(task: StudyTask) -> Part:
    """Scores with and without the family ``left_out``, and their paired difference with its interval."""
    context = StudyContext.of(task)
    fewer = without(context.rows, task.job["left_out"], task.families)
    answer, _ = context.predict(context.folds, fewer)
    panel = context.panel({"all": context.compared(), "without": answer})
    n_columns = len(context.rows.columns.names) - len(fewer.columns.names)
    rows = [
        {
            "scale": panel.scale,
            "left_out": task.job["left_out"],
            "n_columns": n_columns,
            **row,
        }
        for row in _differences(panel)
    ]
    return Part({"ablation": rows})


def _differences(panel: LossTable) -> Iterator[Row]:
    totals = {"r2": panel.sst}
    if panel.baseline is not None:
        totals["skill"] = panel.baseline.point["se"], panel.baseline.draws["se"]
    for metric, total in totals.items():
        losses = panel.models[ALL], panel.models[LEFT]
        sides = [r2(panel, own) if metric == "r2" else skill(panel, own) for own in losses]
        worth = contrast(*losses, total, panel.cells.degrees_of_freedom).interval
        yield {
            "metric": metric,
            "value_all": sides[0].value,
            "value_without": sides[1].value,
            "difference": worth.value,
            "lo": worth.lo,
            "hi": worth.hi,
        }
