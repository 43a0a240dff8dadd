"""Common causes of failed simulations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ....schema import Unit
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted, listed, percent

DEVIATIONS = 6
"""Standard deviations above the overall rate from which a group's failures are no chance."""
FEWEST_VOLUMES = 20
"""Fewer volumes make no tenths."""


@dataclass(frozen=True)
class _Groups:
    """Failures by group: ``struck`` are those that failed far more often than chance."""

    unit: Unit
    struck: pd.DataFrame
    query: str
    examples: tuple[str, ...]


@check(
    code="failure_structure",
    severity="warning",
    unit="volumes",
    remedy="Find out why just these fail, before the set is taken to stand for all structures and designs.",
    any_contract=True,
)
def failure_structure(evidence: Evidence) -> CheckResult | None:
    """Volumes, designs or tenths of a descriptor in which simulations fail far more often than elsewhere.

    A group is struck when all of its rows failed (and it has two or more), or when its failures
    exceed the overall rate by six standard deviations of a binomial count. Volumes are looked at
    first, then designs, then the tenths of the volumes by porosity; counted are the struck groups
    of the first kind that has any, the message names volumes lost whole. How many rows failed is
    `failed_rows`. A warning: the remaining rows do not represent the whole, and nothing was learned
    about what is missing.
    """
    rate = float(evidence.rows["failed"].mean())
    if not 0.0 < rate < 1.0:
        return None
    groups = next((one for one in _groupings(evidence, rate) if len(one.struck)), None)
    if groups is None:
        return None
    struck = groups.struck
    whole = struck[struck["failed"] == struck["rows"]]
    message = (
        f"{counted(int(struck['failed'].sum()), 'failed row')} of {int(evidence.rows['failed'].sum()):,} {agree(int(struck['failed'].sum()), 'lies', 'lie')} in "
        f"{counted(len(struck), groups.unit.removesuffix('s'))}, {len(whole):,} of which lost every row"
    )
    if groups.unit == "volumes" and len(whole):
        message += f" ({listed(map(str, whole.index))})"
    message += f"; the overall rate is {percent(rate)}. {_worst_tenth(evidence)}"
    return CheckResult(len(struck), message.strip(), groups.query, groups.examples, unit=groups.unit)


def _groupings(evidence: Evidence, rate: float) -> Iterator[_Groups]:
    """Failures by volume, by design and by tenth of porosity, each computed when asked for."""
    rows = evidence.rows
    excess = f"failed - {rate!r} * rows > {DEVIATIONS} * ({rate * (1.0 - rate)!r} * rows) ** 0.5"
    condition = f"(failed == rows and rows > 1) or {excess}"
    counting = f'.failed.agg(failed="sum", rows="size").query("{condition}")'

    volumes = _counts(rows, ["filename"]).query(condition)
    yield _Groups("volumes", volumes, f'rows.groupby("filename"){counting}', tuple(map(str, volumes.index[:SHOWN])))

    designs = _counts(rows, ["design_digest"]).query(condition)
    members = rows[rows["failed"]].groupby("design_digest", sort=False)["param_id"].first()
    names = tuple(f"param_id {members[design]}" for design in designs.index[:SHOWN] if pd.notna(members[design]))
    yield _Groups("designs", designs, f'rows.groupby("design_digest"){counting}', names)

    table = _failures_by_volume(evidence)
    if len(table) >= FEWEST_VOLUMES:
        yield _by_porosity(table, condition)


def _by_porosity(table: pd.DataFrame, condition: str) -> _Groups:
    """The volumes of the worst tenth by porosity, where it is struck."""
    tenths = _tenths(table["porosity"])
    struck = _counts_of(table, tenths).query(condition)
    inside = table[tenths == (struck["failed"] / struck["rows"]).idxmax()] if len(struck) else table.iloc[:0]
    low, high = inside["porosity"].min(), inside["porosity"].max()
    query = f'volumes.query("{float(low)!r} <= porosity_voxels <= {float(high)!r}")'
    return _Groups("volumes", inside, query, tuple(inside.index[:SHOWN]))


def _worst_tenth(evidence: Evidence) -> str:
    """The tenth of the volumes, by any descriptor, in which the largest share of rows failed."""
    table = _failures_by_volume(evidence)
    if len(table) < FEWEST_VOLUMES:
        return ""
    worst: tuple[float, int, str] = (0.0, 0, "")
    for name in table.columns.drop(["failed", "rows"]):
        counts = _counts_of(table, _tenths(table[name]))
        shares = counts["failed"] / counts["rows"]
        if len(shares) and shares.max() > worst[0]:
            worst = (float(shares.max()), int(shares.index[int(shares.argmax())]), str(name))
    share, tenth, name = worst
    if not name:
        return ""
    return (
        f"The worst tenth by any descriptor is number {tenth} of 10 by {name}, where {percent(share)} of its rows fail."
    )


def _failures_by_volume(evidence: Evidence) -> pd.DataFrame:
    """``failed``, ``rows`` and numeric descriptors by file name; porosity alone where no others are known."""
    volumes = evidence.volumes[evidence.volumes["status"] == "ok"].set_index("filename")
    counts = _counts(evidence.rows, ["filename"])
    table = counts.join(volumes["porosity_voxels"].rename("porosity"), how="inner")
    if evidence.features is None:
        return table
    digests = volumes["volume_digest"].reindex(table.index)
    known = evidence.features.drop_duplicates("volume_digest").set_index("volume_digest").select_dtypes("number")
    known = known.drop(columns=["porosity"], errors="ignore").reindex(digests).set_axis(table.index)
    return pd.concat([table, known], axis=1)


def _counts(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    failed = rows.groupby(by, dropna=False, sort=False)["failed"]
    return pd.DataFrame({"failed": failed.sum(), "rows": failed.size()})


def _counts_of(table: pd.DataFrame, tenths: pd.Series) -> pd.DataFrame:
    return table[["failed", "rows"]].groupby(tenths).sum()


def _tenths(values: pd.Series) -> pd.Series:
    """1 for the lowest tenth to 10 for the highest; equal values share one, NaN belongs to none."""
    return (10.0 * values.rank(method="average", pct=True)).apply(np.ceil)
