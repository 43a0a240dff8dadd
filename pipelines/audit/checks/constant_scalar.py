"""Scalars that never vary."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import columns_query, scalars_of
from ..text import agree, counted


@check(
    code="constant_scalar",
    severity="warning",
    unit="columns",
    remedy="Vary it in the next simulations, or count it out: nothing is learned about it, and no model can answer for another value.",
    any_contract=True,
)
def constant_scalar(evidence: Evidence) -> CheckResult | None:
    """Design scalars with one and the same value in every row.

    A warning: a model has nothing to learn from such a column, so predictions for any other value
    of it are without foundation, and nothing in the scores shows that.
    """
    scalars = scalars_of(evidence.contract)
    values = evidence.rows[scalars].nunique()
    constant = values[values == 1].index
    if constant.empty:
        return None
    message = f"{counted(len(constant), 'scalar')} of {len(scalars)} {agree(len(constant), 'has', 'have')} one value throughout."
    examples = tuple(f"{name} = {evidence.rows[name].dropna().iloc[0]:.6g}" for name in constant)
    query = f"{columns_query('rows', scalars, evidence.contract)}.nunique().loc[lambda values: values == 1]"
    return CheckResult(len(constant), message, query, examples)
