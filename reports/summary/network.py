"""Networks that see the voxels against boosters that see descriptors, on the same rows and folds."""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import Cell, records
from .context import Context, RegimeInfo, TargetInfo
from .estimate import MISSING, Estimate, Sign, estimate, judged
from .verdict import Candidate, candidate_of


@dataclass(frozen=True)
class Duel:
    """The best network and the best booster of a target under a regime; ``difference`` is network minus booster."""

    target: TargetInfo
    regime: RegimeInfo
    network: Candidate
    booster: Candidate
    network_r2: Estimate
    booster_r2: Estimate
    difference: Estimate
    sign: Sign

    @property
    def verdict(self) -> str:
        """The sign in words."""
        if not self.difference.known:
            return "not compared"
        return {"positive": "network", "negative": "booster", "undetermined": "undetermined"}[self.sign]


@dataclass(frozen=True)
class NetworkVsBoosters:
    """One duel a target and regime, or the reason why there are none."""

    found: tuple[Duel, ...]
    reason: str

    def number_of(self, sign: Sign) -> int:
        """Number of differences with this outcome."""
        return sum(duel.sign == sign and duel.difference.known for duel in self.found)


def duels(context: Context) -> NetworkVsBoosters:
    """Duels wherever both kinds were scored; the random split is left out."""
    kinds = {model.kind for model in context.models.values()}
    if "network" not in kinds:
        return NetworkVsBoosters((), "No network was trained in this run.")
    found = []
    for target in context.targets:
        for regime in context.regimes:
            if regime.optimistic or (target.volume_only and regime.name == "new-both"):
                continue
            cells = context.candidates(target, regime.name)
            sides = [
                next((cell for cell in cells if context.model(cell.model).kind == kind), None)
                for kind in ("network", "booster")
            ]
            if sides[0] and sides[1]:
                found.append(_duel(context, target, regime, (sides[0], sides[1])))
    return NetworkVsBoosters(
        tuple(found), "" if found else "No target has both a network and a booster under the same regime."
    )


def _duel(context: Context, target: TargetInfo, regime: RegimeInfo, sides: tuple[Cell, Cell]) -> Duel:
    network, booster = sides
    difference, sign = difference_of(context, target, network, booster)
    return Duel(
        target=target,
        regime=regime,
        network=candidate_of(context, network),
        booster=candidate_of(context, booster),
        network_r2=context.estimate(network, "r2", target.scale),
        booster_r2=context.estimate(booster, "r2", target.scale),
        difference=difference,
        sign=sign,
    )


def difference_of(context: Context, target: TargetInfo, one: Cell, other: Cell) -> tuple[Estimate, Sign]:
    """R2 of one minus R2 of the other as differences.parquet has it, in either order, and the sign that it supports."""
    table = context.run.table("differences")
    rows = table[(table["target"] == target.name) & (table["regime"] == one.regime) & (table["scale"] == target.scale)]
    for record in records(rows):
        a, b = (record["model_a"], record["features_a"]), (record["model_b"], record["features_b"])
        if {a, b} != {one[1:3], other[1:3]} or a == b:
            continue
        found = estimate(record, "difference")
        if a == other[1:3]:
            found = Estimate(-found.value, -found.hi, -found.lo)
        return found, judged(found, record["verdict"])
    return MISSING, "undetermined"
