"""Scalars that have no value."""

from __future__ import annotations

import numpy as np

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import columns_query, scalars_of
from ..text import agree, counted, listed


@check(
    code="missing_scalar",
    severity="warning",
    unit="rows",
    remedy="Fill them in, or remove the rows: models are trained on gaps, but no prediction is made for a design with one.",
    any_contract=True,
)
def missing_scalar(evidence: Evidence) -> CheckResult | None:
    """Rows in which a design scalar is null, NaN or infinite.

    A warning: boosters learn from such rows as they are, so a gap becomes a feature of the design, and predictions for
    designs with a gap are refused.
    """
    names = scalars_of(evidence.contract)
    if not names:
        return None
    scalars = evidence.rows[names]
    gaps = scalars.isna() | (scalars.abs() == np.inf)
    missing = evidence.rows_in(
        gaps.any(axis=1), f"rows[~numpy.isfinite({columns_query('rows', names, evidence.contract)}).all(axis=1)]"
    )
    if not missing:
        return None
    columns = gaps.sum().loc[lambda number: number > 0]
    told = listed(f"{name} in {number:,}" for name, number in columns.items())
    message = f"{counted(missing.count, 'row')} {agree(missing.count, 'lacks', 'lack')} a scalar that is a finite number: {told}."
    return CheckResult(missing.count, message, missing.query, missing.examples)
