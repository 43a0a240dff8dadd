"""Whether 90 % intervals hold 90 %: empirical coverage and width."""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import Cell
from .context import Context, ModelInfo, RegimeInfo, TargetInfo
from .estimate import Estimate
from .labels import feature_set_label

NOMINAL = 0.9


@dataclass(frozen=True)
class Coverage:
    """Intervals of one model for one target under one regime."""

    target: TargetInfo
    regime: RegimeInfo
    model: ModelInfo
    features_label: str
    coverage: Estimate
    width: Estimate

    @property
    def verdict(self) -> str:
        """Whether the coverage differs from the nominal one beyond noise."""
        if not self.coverage.bounded:
            return "no interval"
        if self.coverage.hi < NOMINAL:
            return "too narrow"
        return "too wide" if self.coverage.lo > NOMINAL else "holds"


@dataclass(frozen=True)
class Calibration:
    """Coverage of the best candidates that claim intervals; ``silent`` are the targets without any."""

    rows: tuple[Coverage, ...]
    silent: tuple[TargetInfo, ...]
    guaranteed: bool


def calibration(context: Context) -> Calibration:
    """For each target the best candidate that has intervals, under the headline regime."""
    rows, silent = [], []
    for target in context.targets:
        name = context.headline_regime(target)
        cells = (
            [cell for cell in context.candidates(target, name) if context.estimate(cell, "coverage90", "raw").known]
            if name
            else []
        )
        if not cells or name is None:
            silent.append(target)
            continue
        rows.append(_coverage(context, target, cells[0], context.regime(name)))
    return Calibration(tuple(rows), tuple(silent), all(row.regime.name != "new-both" for row in rows))


def _coverage(context: Context, target: TargetInfo, cell: Cell, regime: RegimeInfo) -> Coverage:
    return Coverage(
        target=target,
        regime=regime,
        model=context.model(cell.model),
        features_label=feature_set_label(cell.features),
        coverage=context.estimate(cell, "coverage90", "raw"),
        width=context.estimate(cell, "width90", "raw"),
    )
