"""Scalars that never vary."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import SCALARS, SCALARS_OF_ROWS
from ..text import agree, counted


@check(
    code="constant_scalar",
    severity="warning",
    unit="columns",
    remedy="Vary it in the next simulations, or count it out: nothing is learned about it, and no model can answer for another value.",
)
def constant_scalar(evidence: Evidence) -> CheckResult | None:
    """Design scalars with one and the same value in every row.

    A warning: a model has nothing to learn from such a column, so predictions for any other value
    of it are without foundation, and nothing in the scores shows that.
    """
    values = evidence.rows[SCALARS].nunique()
    constant = values[values == 1].index
    if constant.empty:
        return None
    message = f"{counted(len(constant), 'scalar')} of {len(SCALARS)} {agree(len(constant), 'has', 'have')} one value throughout."
    examples = tuple(f"{name} = {evidence.rows[name].dropna().iloc[0]:.6g}" for name in constant)
    return CheckResult(len(constant), message, f"{SCALARS_OF_ROWS}.nunique().loc[lambda values: values == 1]", examples)
