"""Projected lives that would have missed the measured ones."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree

CUTS = (86, 90, 95)
"""Percent of the first capacity at which measured trends are cut."""
TOLERANCE = 0.05
FEWEST_ROWS = 5

_MISSED = " or ".join(f"abs(projection_{cut} / projected_cycle_life - 1) > {TOLERANCE}" for cut in CUTS)


@check(
    code="projection_bias",
    severity="warning",
    unit="rows",
    remedy="Simulate to the end of life, or read projected lives as a ranking; `survival:aft` treats them as bounds.",
)
def projection_bias(evidence: Evidence) -> CheckResult | None:
    """Measured lives that a projection from a shorter trend would have missed by more than 5 %.

    Lives beyond the last cycle are projected along a straight line. As a back-test, each measured
    trend is cut where it first falls to 95, 90 and 86 % of its first capacity and projected from
    there. Raised when lives of this set are projected and the median error at any cut exceeds 5 %;
    counted are the measured rows that any cut misses by more. A warning: the targets follow the
    rule, but the rule is off by that much.
    """
    rows = evidence.rows
    projected = rows["cycle_life_status"] == "projected"
    columns = ["projected_cycle_life", *(f"projection_{cut}" for cut in CUTS)]
    measured = rows.loc[rows["cycle_life_status"] == "measured", columns]
    errors = {cut: (measured[f"projection_{cut}"] / measured["projected_cycle_life"] - 1.0).dropna() for cut in CUTS}
    medians = {cut: float(error.median()) for cut, error in errors.items() if len(error) >= FEWEST_ROWS}
    if not projected.any() or not any(abs(median) > TOLERANCE for median in medians.values()):
        return None
    missed = evidence.rows_where(f"cycle_life_status == 'measured' and ({_MISSED})")
    tests = ", ".join(f"{100 * median:+.0f} % from {cut} %" for cut, median in medians.items())
    reached = rows.loc[projected, "capacity_retention"].median()
    message = (
        f"Projected from a trend cut early, {missed.count:,} of {len(measured):,} measured lives "
        f"{agree(missed.count, 'is', 'are')} missed by more than 5 %; the median error is {tests} of the first capacity. "
        f"Lives projected here: {int(projected.sum()):,}, from a median of {reached:.3g} %."
    )
    return CheckResult(missed.count, message, missed.query, missed.examples)
