"""Images with two porosities."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted

RAW = {
    "porosity_raw": "porosity",
    "tau_factor_raw": "tau_factor",
    "d_eff_raw": "D_eff",
    "bruggeman_raw": "bruggeman_derived",
}
TOLERANCE = 1e-4
"""Largest relative difference that rounding explains."""


@check(
    code="contradicting_property",
    severity="error",
    unit="volumes",
    remedy="Join the tables anew by the name of the file: a property of a volume is the same in all of its rows.",
)
def contradicting_property(evidence: Evidence) -> CheckResult | None:
    """Volumes whose rows state different porosities, tortuosity factors, diffusivities or exponents.

    Compared to a relative 1e-4. An error: a join went wrong, so rows carry what belongs to other images; where rows
    disagree their median is the target, which no row may have stated.
    """
    by_file = evidence.rows.groupby("filename", sort=False)[list(RAW)]
    high, low = by_file.max(), by_file.min()
    apart = (high - low) > TOLERANCE * high.abs()
    wrong = apart[apart.any(axis=1)]
    if wrong.empty:
        return None
    said = ", ".join(f"{name} in {number:,}" for name, number in wrong.rename(columns=RAW).sum().items() if number)
    message = (
        f"{counted(len(wrong), 'volume')} {agree(len(wrong), 'has', 'have')} rows that contradict one another: {said}."
    )
    query = (
        f"(lambda g: ((g.max() - g.min()) > {TOLERANCE!r} * g.max().abs()).any(axis=1).loc[lambda wrong: wrong])"
        f'(rows.groupby("filename")[{list(RAW)!r}])'
    )
    return CheckResult(len(wrong), message, query, tuple(map(str, wrong.index[:SHOWN])))
