"""Shares of a target's variance: design, volume, and what neither explains alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..tables import records
from .context import Context, TargetInfo
from .estimate import number

PARTS: Mapping[str, str] = {
    "design": "design (the scalars)",
    "volume": "volume (the image)",
    "interaction+noise": "interaction and noise",
}


@dataclass(frozen=True)
class Share:
    """A part of the variance, in 0 to 1."""

    part: str
    label: str
    share: float


@dataclass(frozen=True)
class Shares:
    """The parts of one target's variance."""

    target: TargetInfo
    parts: tuple[Share, ...]


def shares(context: Context) -> tuple[Shares, ...]:
    """Shares of every target that has them, as shares.parquet gives them."""
    return tuple(found for target in context.targets if (found := shares_of(context, target.name)))


def shares_of(context: Context, name: str) -> Shares | None:
    """Shares of one target; None where it depends on the volume alone or the run has no table."""
    table = context.run.table("shares")
    values = {str(record["part"]): number(record["share"]) for record in records(table[table["target"] == name])}
    target = next((item for item in context.targets if item.name == name), None)
    if target is None or not any(share == share for share in values.values()):  # noqa: PLR0124  NaN differs from itself
        return None
    order = [*(part for part in PARTS if part in values), *sorted(set(values) - set(PARTS))]
    return Shares(target, tuple(Share(part, PARTS.get(part, part), values[part]) for part in order))
