"""Resistances read at different kinds of jumps."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted


@check(
    code="dcir_methods",
    severity="warning",
    unit="rows",
    remedy="Compare only rows of one method, or set target.dcir to strict, which keeps rest_to_discharge alone.",
)
def dcir_methods(evidence: Evidence) -> CheckResult | None:
    """Resistances of one data set that were read at different kinds of jumps.

    Raised when more than one method occurs; counted are the rows whose method is not the most
    common one. A warning: the methods differ by a few percent and by state of charge, so a model
    learns the method along with the cell.
    """
    methods = evidence.rows["dcir_method"].value_counts()
    if len(methods) <= 1:
        return None
    others = evidence.rows_where(f"dcir_method.notna() and dcir_method != '{methods.index[0]}'")
    listing = ", ".join(f"{name} in {counted(int(number), 'row')}" for name, number in methods.items())
    message = f"The resistance is read at different jumps: {listing}."
    return CheckResult(others.count, message, others.query, others.examples)
