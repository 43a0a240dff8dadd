"""The optimism gap: how much better a random split looks than the hardest regime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..tables import records
from .choice import choice
from .context import Context, ModelInfo, RegimeInfo, TargetInfo
from .estimate import Estimate, Sign, estimate, number
from .image_adds import LONGEST
from .labels import feature_set_label
from .ranking import Ranking, rankings

VARIANTS: Mapping[str, str] = {
    "as-is": "as they are",
    "equal-size": "random split cut down to the same training size",
}


@dataclass(frozen=True)
class Gap:
    """R2 under the random split minus R2 under the hard regime, same target, rows and model."""

    target: TargetInfo
    model: ModelInfo
    features: str
    features_label: str
    scale: str
    variant: str
    variant_label: str
    regime: RegimeInfo
    r2_random: float
    r2_hard: float
    estimate: Estimate

    @property
    def sign(self) -> Sign:
        """The sign that the interval supports."""
        return self.estimate.sign


@dataclass(frozen=True)
class Gaps:
    """All gaps on headline scales, and the one of each target's best candidate."""

    best: tuple[Gap, ...]
    all: tuple[Gap, ...]
    reason: str
    rankings: tuple[Ranking, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[Gap, ...], ...]:
        """The gaps of the best candidates, those of one target together."""
        names = dict.fromkeys(gap.target.name for gap in self.best)
        return tuple(tuple(gap for gap in self.best if gap.target.name == name) for name in names)

    @property
    def complete(self) -> bool:
        """Whether they are few enough to stand on the page one by one."""
        return len(self.all) <= LONGEST

    @property
    def singles(self) -> tuple[tuple[Gap, ...], ...]:
        """Every gap by itself, in the form of ``pairs``."""
        return tuple((gap,) for gap in self.all)


def gaps(context: Context) -> Gaps:
    """Gaps as gaps.parquet gives them, best candidate of each target first."""
    table = context.run.table("gaps")
    if table.empty:
        return Gaps((), (), _reason(context))
    found: list[Gap] = []
    best: list[Gap] = []
    for target in context.targets:
        rows = table[(table["target"] == target.name) & (table["scale"] == target.scale)]
        here = [_gap(context, target, record) for record in records(rows)]
        here.sort(key=lambda gap: (gap.model.label, gap.features, gap.variant))
        found += here
        regime = context.headline_regime(target)
        if regime and (leader := choice(context, target, regime)) is not None:
            best += [gap for gap in here if (gap.model.name, gap.features) == leader.cell[1:3]]
    return Gaps(tuple(best), tuple(found), "" if found else _reason(context), rankings(context))


def gap_for(found: Gaps, target: str, variant: str = "as-is") -> Gap | None:
    """The gap of a target's best candidate."""
    return next((gap for gap in found.best if gap.target.name == target and gap.variant == variant), None)


def _gap(context: Context, target: TargetInfo, record: dict[str, Any]) -> Gap:
    regime = record.get("regime") or "new-both"
    return Gap(
        target=target,
        model=context.model(record["model"]),
        features=record["features"],
        features_label=feature_set_label(record["features"]),
        scale=record["scale"],
        variant=record["variant"],
        variant_label=VARIANTS.get(record["variant"], record["variant"]),
        regime=context.regime(regime),
        r2_random=number(record["r2_random"]),
        r2_hard=number(record["r2_new_both"]),
        estimate=estimate(record, "gap"),
    )


def _reason(context: Context) -> str:
    defined = [regime.label for regime in context.regimes if regime.defined]
    if len(defined) < 2:  # noqa: PLR2004  a gap lies between two regimes
        return f"A gap lies between two regimes; this run defined {' and '.join(defined) or 'none'}."
    return "The run holds no table of gaps."
