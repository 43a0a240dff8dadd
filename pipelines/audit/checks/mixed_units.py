"""Columns that mix two units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ....schema import SCALARS
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted, span

GAP = 1.5
"""Decades without a value between two groups of values."""
_FACTORS = (3, 4, 6, 9, 12)
"""Decades between units that are taken for one another: milli, square centimetres, micro and so on ..."""
_SHARES = (2,)
"""... and between percent and shares, for columns without a unit."""
_NEAR = 0.5
"""Decades by which groups may miss one another once the factor is taken out."""
_UNITS = {scalar.column: scalar.unit for scalar in SCALARS} | {"nominal_capacity": "Ah", "mean_discharge_voltage": "V"}


@check(
    code="mixed_units",
    severity="error",
    unit="columns",
    remedy="Bring every row of the column to the unit in its name; the two groups show which rows differ.",
)
def mixed_units(evidence: Evidence) -> CheckResult | None:
    """Columns whose values form two groups, far apart by the factor between two units, as micrometres among metres.

    Looked at are the design scalars, the first capacity and the mean voltage. Raised where one and a half decades or more
    hold no value, each group is narrower than the gap, and 10^3, 10^4, 10^6, 10^9 or 10^12 brings them together (10^2 where there is no unit).
    Two single values show nothing unless they are lengths. An error: half of the rows are in another unit.
    """
    found = {name: parts for name in _UNITS if (parts := _groups(evidence.rows[name], _UNITS[name])) is not None}
    if not found:
        return None
    examples = tuple(
        f"{name}: {span(*_ends(low))} and {span(*_ends(high))} {_UNITS[name]}" for name, (low, high) in found.items()
    )
    message = (
        f"{counted(len(found), 'column')} {agree(len(found), 'holds', 'hold')} two groups of values that differ like two units: "
        f"{', '.join(found)}."
    )
    query = (
        f"rows[{list(found)!r}].apply(lambda x: numpy.log10(x[x > 0].drop_duplicates().sort_values()).diff().max())"
        f".loc[lambda decades: decades > {GAP}]"
    )
    return CheckResult(len(found), message, query, examples)


def _groups(column: pd.Series[float], unit: str) -> tuple[np.ndarray, np.ndarray] | None:
    """The values below and above the widest gap, where they differ like two units."""
    known = np.unique(column.to_numpy(np.float64))
    known = known[np.isfinite(known) & (known > 0.0)]
    if len(known) <= 1:
        return None
    decades = np.log10(known)
    gaps = np.diff(decades)
    at = int(gaps.argmax()) + 1
    low, high = decades[:at], decades[at:]
    narrow = max(np.ptp(low), np.ptp(high)) < gaps[at - 1]
    lone = len(known) == 2 and unit != "m"  # noqa: PLR2004  one value on either side
    if gaps[at - 1] <= GAP or not narrow or lone:
        return None
    together = any(
        low[0] + factor <= high[-1] + _NEAR
        and low[-1] + factor >= high[0] - _NEAR
        and abs(np.mean(high) - np.mean(low) - factor) <= _NEAR
        for factor in (_SHARES if unit == "-" else _FACTORS)
    )
    return (known[:at], known[at:]) if together else None


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[-1])
