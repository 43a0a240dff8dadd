"""Rows of the tables of studies by subject, in the order of the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..tables import Cell, records
from .context import BOTH_REGIME, VOLUME_ONLY_REGIME, Context, ModelInfo, RegimeInfo, TargetInfo
from .labels import feature_set_label

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Subject:
    """A model on a feature set, for one target under one regime."""

    target: TargetInfo
    regime: RegimeInfo
    model: ModelInfo
    features: str
    features_label: str


def subjects(context: Context, name: str) -> Iterator[tuple[Subject, Records]]:
    """The rows of an optional table by subject: targets and regimes as the manifest orders them, models by name."""
    found: dict[Cell, Records] = {}
    for record in records(context.run.table(name)):
        cell = Cell(record["target"], record["model"], record["features"], record["regime"])
        found.setdefault(cell, []).append(record)
    targets = {target.name: target for target in context.targets}
    order = [regime.name for regime in context.regimes]

    def place(cell: Cell) -> tuple[int, int, str, str]:
        regime = order.index(cell.regime) if cell.regime in order else len(order)
        return list(targets).index(cell.target), -regime, cell.model, cell.features

    for cell in sorted((cell for cell in found if cell.target in targets), key=place):
        yield subject(context, cell), found[cell]


def subject(context: Context, cell: Cell) -> Subject:
    """The subject of a prediction file, in full; a target of the volume alone knows no new designs, so its R4 is R2."""
    target = next(item for item in context.targets if item.name == cell.target)
    alone = target.volume_only and cell.regime == BOTH_REGIME
    return Subject(
        target,
        context.regime(VOLUME_ONLY_REGIME if alone else cell.regime),
        context.model(cell.model),
        cell.features,
        feature_set_label(cell.features),
    )


def headline_metric(rows: Records) -> str:
    """The metric that a page draws: skill, or the first that there is."""
    metrics = list(dict.fromkeys(str(row["metric"]) for row in rows))
    return "skill" if "skill" in metrics else metrics[0]
