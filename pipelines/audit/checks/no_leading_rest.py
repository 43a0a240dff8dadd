"""First cycles that start straight in a current."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted


@check(
    code="no_leading_rest",
    severity="warning",
    unit="rows",
    remedy="Store the rest before the first discharge; until then do not call the resistance initial, "
    "or set target.dcir to strict, which leaves it undefined.",
)
def no_leading_rest(evidence: Evidence) -> CheckResult | None:
    """First cycles that start without a rest, so that the first jump of the current is not stored.

    The initial resistance is defined at the jump from rest to discharge. Where the series starts
    in the discharge, a later jump has to stand in, at another state of charge. Counted are rows
    whose first cycle holds a discharge but does not start at rest (current below the rest
    threshold). A warning: the resistance is still one, but not the initial one.
    """
    starting = evidence.rows_where("not leading_rest and mean_discharge_voltage.notna()")
    if not starting:
        return None
    rows = evidence.rows[["dcir_method", "dcir_voltage"]][starting.mask]
    methods = rows["dcir_method"].value_counts()
    read = "; ".join(f"{name} in {counted(int(number), 'row')}" for name, number in methods.items())
    where = f"The resistance is read at {read} (median {rows['dcir_voltage'].median():.2f} V)."
    message = (
        f"{counted(starting.count, 'first cycle')} of {len(evidence.rows):,} {agree(starting.count, 'starts', 'start')} without a rest. "
        f"{where if read else 'No resistance is read from them.'}"
    )
    return CheckResult(starting.count, message, starting.query, starting.examples)
