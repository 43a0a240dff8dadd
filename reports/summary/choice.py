"""The best candidate of each target, with the score of choosing it."""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import Cell, records
from .context import Context, TargetInfo, whole
from .estimate import MISSING, Estimate, estimate, number


@dataclass(frozen=True)
class Choice:
    """The best candidate, and the score of choosing it, corrected for the choice.

    ``own_skill`` is the candidate's own, which the choice flatters; ``share`` of the bootstrap draws choose it too. A run of
    version 0.1 knows no correction: then ``corrected`` is false and skill and R2 are the candidate's own.
    """

    cell: Cell
    skill: Estimate
    r2: Estimate
    own_skill: float
    share: float
    n_candidates: int
    corrected: bool


def choice(context: Context, target: TargetInfo, regime: str) -> Choice | None:
    """The best candidate under a regime; None where there is no candidate."""
    cells = _of_all_rows(context, target, context.candidates(target, regime))
    if not cells:
        return None
    table = context.run.table("choices")
    rows = table[(table["target"] == target.name) & (table["regime"] == regime) & (table["scale"] == target.scale)]
    found = {row["metric"]: row for row in records(rows)}
    if not found:
        own = context.estimate(cells[0], "skill", target.scale)
        r2 = context.estimate(cells[0], "r2", target.scale)
        return Choice(cells[0], own, r2, own.value, float("nan"), len(cells), corrected=False)
    first = next(iter(found.values()))
    skill, r2 = (estimate(found[name]) if name in found else MISSING for name in ("skill", "r2"))
    return Choice(
        cell=Cell(target.name, first["model"], first["features"], regime),
        skill=skill,
        r2=r2,
        own_skill=number(found["skill"]["value_chosen"]) if "skill" in found else MISSING.value,
        share=number(first["share"]),
        n_candidates=whole(first["n_candidates"]) or 0,
        corrected=True,
    )


def _of_all_rows(context: Context, target: TargetInfo, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The cells that were scored on as many rows as any: an entry may have some of the folds, and cannot win by that."""
    n_rows = {cell: found.n_rows for cell in cells if (found := context.scores.get((cell, "r2", target.scale)))}
    most = max(n_rows.values(), default=0)
    return tuple(cell for cell in cells if n_rows.get(cell, most) == most)
