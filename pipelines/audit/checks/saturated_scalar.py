"""Scalars whose designs pile up at a bound."""

from __future__ import annotations

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import columns_query, scalars_of
from ..text import agree, counted, percent

SHARE = 0.2


@check(
    code="saturated_scalar",
    severity="info",
    unit="columns",
    remedy="Widen the bounds of the sampler, or read the effect of the scalar as that of a nearly fixed one.",
    any_contract=True,
)
def saturated_scalar(evidence: Evidence) -> CheckResult | None:
    """Design scalars of which more than a fifth of the distinct designs share the lowest or the highest value.

    Designs count, not rows, for designs repeat over volumes; a constant scalar is
    `constant_scalar`. An info: the values are right, but clipped, and cover less than their range
    suggests.
    """
    scalars = _numbers(evidence)
    if not scalars:
        return None
    designs = evidence.rows[scalars].drop_duplicates()
    limit = max(1.0, SHARE * len(designs))
    at_bound = designs.apply(_at_bound)
    saturated = at_bound[at_bound > limit]
    if saturated.empty:
        return None
    query = (
        f"{columns_query('rows', scalars, evidence.contract)}.drop_duplicates()"
        ".apply(lambda x: max((x == x.min()).sum(), (x == x.max()).sum()) * (x.min() < x.max()))"
        f".loc[lambda designs: designs > {limit:g}]"
    )
    examples = tuple(f"{name}: {percent(number / len(designs))} at a bound" for name, number in saturated.items())
    message = f"{counted(len(saturated), 'scalar')} {agree(len(saturated), 'has', 'have')} more than {percent(SHARE)} of the {len(designs):,} designs at one bound."
    return CheckResult(len(saturated), message, query, examples)


def _numbers(evidence: Evidence) -> list[str]:
    """The scalars that are numbers: a 0 or 1 is always at a bound."""
    if evidence.contract.built_in:
        return scalars_of(evidence.contract)
    return [name for item in evidence.contract.inputs if item.kind == "number" for name in (item.scalars[0].column,)]


def _at_bound(values: pd.Series[float]) -> int:
    """Number of values at the fuller of the two bounds; 0 for a constant."""
    low, high = values.min(), values.max()
    return int(max((values == low).sum(), (values == high).sum())) if low < high else 0
