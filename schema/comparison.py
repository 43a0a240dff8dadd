"""Choices of a comparison: regimes, metrics and feature sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Regime:
    """Regime: the novelty of the test rows; ``seen`` names the ids of a test row that training has seen."""

    name: str
    label: str
    meaning: str
    seen: frozenset[str]

    @property
    def held_out(self) -> tuple[str, ...]:
        """The dimensions in which test rows are set apart: those whose ids training has not seen, else the row alone."""
        return tuple(name for name in ("volume", "design") if name not in self.seen) or ("row",)


_BOTH = frozenset({"volume", "design"})
REGIMES: tuple[Regime, ...] = (
    Regime("random", "R1", "nothing is new: optimistic", _BOTH),
    Regime("new-structure", "R2", "unseen volumes", frozenset({"design"})),
    Regime("new-design", "R3", "unseen parameter vectors", frozenset({"volume"})),
    Regime("new-both", "R4", "unseen volumes and unseen parameter vectors", frozenset()),
    Regime("ood-porosity", "OOD porosity", "the extreme tenth of volumes by porosity", frozenset({"design"})),
    Regime("ood-tau", "OOD tau", "the extreme tenth of volumes by tortuosity factor", frozenset({"design"})),
    Regime("ood-generator", "OOD generator", "volumes of an unseen generator", frozenset({"design"})),
)
REGIME_BY_NAME: Mapping[str, Regime] = {regime.name: regime for regime in REGIMES}
MAIN_REGIMES: tuple[str, ...] = ("random", "new-structure", "new-design", "new-both")


@dataclass(frozen=True)
class Metric:
    """One score; ``better`` is the direction in which it improves."""

    name: str
    better: Literal["higher", "lower", "nominal"]
    meaning: str


METRICS: tuple[Metric, ...] = (
    Metric("r2", "higher", "1 - SSE/SST over all out-of-fold rows, SST about their own mean"),
    Metric("skill", "higher", "1 - SSE/SSE of the trivial baseline of the regime on the same rows"),
    Metric("mae", "lower", "mean absolute error"),
    Metric("rmse", "lower", "root mean squared error"),
    Metric("coverage90", "nominal", "share of rows inside their 90 % interval"),
    Metric("width90", "lower", "mean width of the 90 % interval"),
    Metric("mae_measured", "lower", "mean absolute error on lives that were measured to their end"),
    Metric("rmse_measured", "lower", "root mean squared error on lives that were measured to their end"),
    Metric(
        "r2_unclipped",
        "higher",
        "r2 of predictions before they were clipped to the range of training, in `ood` regimes",
    ),
    Metric(
        "mae_unclipped",
        "lower",
        "mae of predictions before they were clipped to the range of training, in `ood` regimes",
    ),
    Metric("concordance", "higher", "share of comparable pairs in the right order"),
)


@dataclass(frozen=True)
class FeatureSet:
    """Inputs of a model; ``tiers`` are the descriptor tiers joined to the scalars.

    ``derives`` marks the set that volume-only targets are read off, for the entry that does just that.
    """

    name: str
    scalars: bool = False
    tiers: tuple[str, ...] = ()
    physics: bool = False
    volumes: bool = False
    embedding: bool = False
    derives: bool = False
    entered: bool = False
    """Predictions made elsewhere: what they were made from is known to their maker alone."""

    @property
    def control(self) -> bool:
        """Whether its physics features are those of the mean volume: what sets with the image are measured against."""
        return self.physics and not self.tiers


FEATURE_SETS: tuple[FeatureSet, ...] = (
    FeatureSet("none"),
    FeatureSet("scalars", scalars=True),
    FeatureSet("scalars+physics", scalars=True, physics=True),
    FeatureSet("morphology", tiers=("morphology",)),
    FeatureSet("morphology+transport", tiers=("morphology", "transport"), derives=True),
    FeatureSet("scalars+morphology", scalars=True, tiers=("morphology",)),
    FeatureSet("scalars+morphology+transport", scalars=True, tiers=("morphology", "transport")),
    FeatureSet("scalars+morphology+transport+physics", scalars=True, tiers=("morphology", "transport"), physics=True),
    FeatureSet("volume+scalars", scalars=True, volumes=True),
    FeatureSet("embedding+scalars", scalars=True, embedding=True),
)
OWN, OWN_WITHOUT_IMAGE = "own", "own-without-image"
ENTERED_SETS: tuple[FeatureSet, ...] = (FeatureSet(OWN, entered=True), FeatureSet(OWN_WITHOUT_IMAGE, entered=True))
"""Feature set of predictions that were made elsewhere; no model of the package is given one."""
FEATURE_SET_BY_NAME: Mapping[str, FeatureSet] = {item.name: item for item in (*FEATURE_SETS, *ENTERED_SETS)}


def without_image(features: str) -> str | None:
    """Name of the set that is the same but for the image; None where there is none."""
    this = FEATURE_SET_BY_NAME[features]
    if not (this.scalars and this.tiers):
        return None
    return next(
        item.name
        for item in FEATURE_SETS
        if item.scalars and item.physics == this.physics and not (item.tiers or item.volumes or item.embedding)
    )


def richest_with_image(names: Iterable[str]) -> str | None:
    """The richest of some sets of scalars and descriptors, which the verdict on the image rests on; None where there is none."""
    known = frozenset(names)
    return next(
        (item.name for item in reversed(FEATURE_SETS) if item.name in known and without_image(item.name) is not None),
        None,
    )


TIERS: tuple[str, ...] = ("morphology", "transport", "network")
