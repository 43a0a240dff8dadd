"""Distortion of the ranking of candidates by a random split, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from ..format import lowered, plural, score
from ..tables import Cell, records
from .context import Context, ModelInfo, RegimeInfo, TargetInfo, whole
from .estimate import number
from .labels import feature_set_label


@dataclass(frozen=True)
class Ranking:
    """Kendall's tau of one target's candidates; ``model`` is the one that a random split puts first, ``place`` where it stands under ``regime``."""

    target: TargetInfo
    regime: RegimeInfo
    model: ModelInfo
    features_label: str
    tau: float
    lost: float
    place: int
    n_candidates: int


def rankings(context: Context) -> tuple[Ranking, ...]:
    """Rankings on headline scales as rankings.parquet gives them, the heaviest target first; none in a run without the table."""
    rows = {(row["target"], row["scale"]): row for row in records(context.run.table("rankings"))}
    found = [
        _ranking(context, target, rows[target.name, target.scale])
        for target in sorted(context.targets, key=lambda item: -item.weight)
        if (target.name, target.scale) in rows
    ]
    return tuple(item for item in found if item.tau == item.tau)


def in_words(found: Ranking) -> str:
    """One sentence on the order, and on what choosing by a random split costs."""
    first = "is best there too" if found.place == 1 else f"is number {found.place} there, {score(found.lost)} R² behind"
    return (
        f"A random split ranks the {plural(found.n_candidates, 'candidate')} for {lowered(found.target.label)} like {found.regime.label} with "
        f"Kendall’s τ {score(found.tau)}; its first {first}."
    )


def _ranking(context: Context, target: TargetInfo, row: dict[str, object]) -> Ranking:
    cell = Cell(target.name, str(row["model"]), str(row["features"]), str(row["regime"]))
    return Ranking(
        target=target,
        regime=context.regime(cell.regime),
        model=context.model(cell.model),
        features_label=feature_set_label(cell.features),
        tau=number(row["tau"]),
        lost=number(row["lost"]),
        place=whole(row["place"]) or 0,
        n_candidates=whole(row["n_candidates"]) or 0,
    )
