"""Calibration of intervals: coverage of rows and of volumes, and their width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..tables import Cell, records
from .choice import choice
from .context import Context, ModelInfo, RegimeInfo, TargetInfo
from .estimate import MISSING, Estimate, number
from .labels import feature_set_label, humanised

NOMINAL = 0.9
LONGEST = 300
"""Claims that a page lists one by one; beyond it names their table."""
_METHODS: Mapping[str, str] = {"cv+": "CV+", "split": "split conformal"}


@dataclass(frozen=True)
class Coverage:
    """Intervals of one model for one target under one regime; shares are NaN where they are not known."""

    target: TargetInfo
    regime: RegimeInfo
    model: ModelInfo
    features_label: str
    level: float
    coverage: Estimate
    of_volumes: float
    volumes_covered: float
    worst_tenth: float
    width: float
    method: str
    n_calibration: int | None
    reason: str

    @property
    def verdict(self) -> str:
        """Whether the coverage differs from the nominal one beyond noise."""
        if not self.coverage.known:
            return self.reason or "no interval"
        if not self.coverage.bounded:
            return "no interval of the coverage"
        if self.coverage.hi < self.level:
            return "too narrow"
        return "too wide" if self.coverage.lo > self.level else "holds"

    @property
    def guaranteed(self) -> bool:
        """Whether there is a guarantee: there is none where volumes and designs are new at once."""
        return self.regime.name != "new-both" or self.target.volume_only


@dataclass(frozen=True)
class Calibration:
    """The best candidates that claim intervals, then every claim; ``silent`` are the targets without any."""

    rows: tuple[Coverage, ...]
    all: tuple[Coverage, ...]
    silent: tuple[TargetInfo, ...]

    @property
    def guaranteed(self) -> bool:
        """Whether every row has a guarantee."""
        return all(row.guaranteed for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether they are few enough to stand on the page one by one."""
        return len(self.all) <= LONGEST

    @property
    def detailed(self) -> bool:
        """Whether the run has a table of intervals, which covers volumes too."""
        return any(row.of_volumes == row.of_volumes for row in self.rows)


def calibration(context: Context) -> Calibration:
    """For each target the best candidate, or the next best that has intervals, under the headline regime; then all there are."""
    told = {
        Cell(record["target"], record["model"], record["features"], record["regime"]): record
        for record in records(context.run.table("intervals"))
    }
    rows, silent = [], []
    for target in context.targets:
        name = context.headline_regime(target)
        chosen = choice(context, target, name) if name else None
        cells = (*((chosen.cell,) if chosen else ()), *(context.candidates(target, name) if name else ()))
        best = next((cell for cell in cells if _claims(context, cell, told)), None)
        if best is None:
            silent.append(target)
        else:
            rows.append(_coverage(context, target, best, told.get(best, {})))
    known = {target.name: target for target in context.targets}
    every = [_coverage(context, known[cell.target], cell, told[cell]) for cell in told if cell.target in known]
    order = [target.name for target in context.targets]
    every.sort(key=lambda row: (order.index(row.target.name), row.regime.name, row.model.name, row.features_label))
    return Calibration(tuple(rows), tuple(every), tuple(silent))


def _claims(context: Context, cell: Cell, told: Mapping[Cell, Mapping[str, Any]]) -> bool:
    known = number(told.get(cell, {}).get("coverage"))
    return known == known or context.estimate(cell, "coverage90", "raw").known  # noqa: PLR0124


def _coverage(context: Context, target: TargetInfo, cell: Cell, told: Mapping[str, Any]) -> Coverage:
    """The score's own coverage where there is one, since it has an interval, else that of the table."""
    scored = context.estimate(cell, "coverage90", "raw")
    width, level = number(told.get("width")), number(told.get("level"))
    value = number(told.get("coverage"))
    listed = Estimate(value) if value == value else MISSING  # noqa: PLR0124
    calibrated = number(told.get("n_calibration"))
    reason = told.get("reason")
    return Coverage(
        target=target,
        regime=context.regime(cell.regime),
        model=context.model(cell.model),
        features_label=feature_set_label(cell.features),
        level=level if level == level else NOMINAL,  # noqa: PLR0124
        coverage=scored if scored.known else listed,
        of_volumes=number(told.get("coverage_volumes")),
        volumes_covered=number(told.get("volumes_covered")),
        worst_tenth=number(told.get("coverage_worst_decile")),
        width=width if width == width else context.estimate(cell, "width90", "raw").value,  # noqa: PLR0124
        method=_METHODS.get(str(told.get("method")), str(told.get("method") or "")),
        n_calibration=int(calibrated) if calibrated == calibrated else None,  # noqa: PLR0124
        reason=humanised(reason) if isinstance(reason, str) else "",
    )
