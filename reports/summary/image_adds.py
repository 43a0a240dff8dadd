"""Gain from the image: columns with descriptors minus the same columns without them, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..tables import records
from .context import Context, ModelInfo, RegimeInfo, TargetInfo
from .estimate import Estimate, Sign, estimate, judged
from .labels import feature_set_label

LONGEST = 200
"""Rows of a table beyond the first; what is longer is left to the run's own table."""


@dataclass(frozen=True)
class Addition:
    """One difference; ``sign`` is what its interval supports, which is corrected for all models and targets."""

    target: str
    model: ModelInfo
    regime: RegimeInfo
    features_with: str
    features_without: str
    with_label: str
    without_label: str
    metric: str
    scale: str
    estimate: Estimate
    sign: Sign


@dataclass(frozen=True)
class TargetAdditions:
    """The additions of one target; ``headline`` are those under its headline regime."""

    target: TargetInfo
    regime: RegimeInfo
    all: tuple[Addition, ...]

    @property
    def headline(self) -> tuple[Addition, ...]:
        """All additions under the headline regime."""
        return tuple(item for item in self.all if item.regime.name == self.regime.name)

    @property
    def first(self) -> tuple[Addition, ...]:
        """Under the headline regime, the largest set of descriptors of each model."""
        largest = {item.model.name: item for item in sorted(self.headline, key=_size)}
        return tuple(item for item in self.headline if largest[item.model.name] is item)

    @property
    def smaller(self) -> tuple[Addition, ...]:
        """Under the headline regime, the smaller sets of descriptors."""
        first = self.first
        return tuple(item for item in self.headline if item not in first)

    @property
    def others(self) -> tuple[Addition, ...]:
        """Smaller sets of descriptors and other regimes."""
        first = self.first
        return tuple(item for item in self.all if item not in first)


@dataclass(frozen=True)
class ImageAdds:
    """Additions for each target that depends on more than the volume."""

    targets: tuple[TargetAdditions, ...]
    reason: str
    corrected: bool = False
    """Whether intervals are corrected for all models and targets; in runs of version 0.1 they are not."""

    @property
    def n_others(self) -> int:
        """Number of additions besides the first."""
        return sum(len(item.others) for item in self.targets)

    @property
    def complete(self) -> bool:
        """Whether they are few enough to stand on the page, regime by regime."""
        return self.n_others <= LONGEST


def image_adds(context: Context) -> ImageAdds:
    """Additions as image_adds.parquet gives them, on each target's headline scale, by skill where it has skill."""
    table = context.run.table("image_adds")
    if table.empty:
        return ImageAdds(
            (), "The run holds no table of what the image adds: it needs one model with and one without descriptors."
        )
    targets = []
    for target in context.targets:
        regime = context.headline_regime(target)
        rows = table[(table["target"] == target.name) & (table["scale"] == target.scale)]
        if regime is None or target.volume_only or rows.empty:
            continue
        metric = "skill" if (rows["metric"] == "skill").any() else "r2"
        found = [_addition(context, record) for record in records(rows[rows["metric"] == metric])]
        found.sort(key=lambda item: (item.model.label, item.features_with, item.features_without))
        targets.append(
            TargetAdditions(
                target=target,
                regime=context.regime(regime),
                all=tuple(found),
            )
        )
    reason = "" if targets else "No target depends on more than the volume itself."
    return ImageAdds(tuple(targets), reason, corrected=not context.run.table("choices").empty)


def _size(item: Addition) -> tuple[int, int, str]:
    """Larger for larger feature sets, whose names join their parts by a plus sign."""
    return item.features_with.count("+"), len(item.features_with), item.features_with


def addition_for(additions: ImageAdds, target: str, model: str, features: str) -> Addition | None:
    """The addition of one model: with exactly these features where there is one, else with the largest set."""
    for item in additions.targets:
        if item.target.name == target:
            same = [addition for addition in item.headline if addition.model.name == model]
            exact = [addition for addition in same if addition.features_with == features]
            return max(exact or same, key=_size, default=None)
    return None


def _addition(context: Context, record: Mapping[str, Any]) -> Addition:
    found = estimate(record)
    return Addition(
        target=str(record["target"]),
        model=context.model(str(record["model"])),
        regime=context.regime(str(record["regime"])),
        features_with=str(record["features_with"]),
        features_without=str(record["features_without"]),
        with_label=feature_set_label(str(record["features_with"])),
        without_label=feature_set_label(str(record["features_without"])),
        metric=str(record["metric"]),
        scale=str(record["scale"]),
        estimate=found,
        sign=judged(found, record["verdict"]),
    )
