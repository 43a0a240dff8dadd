"""Scalars that have no value."""

from __future__ import annotations

import numpy as np

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import SCALARS, SCALARS_OF_ROWS
from ..text import agree, counted, listed


@check(
    code="missing_scalar",
    severity="warning",
    unit="rows",
    remedy="Fill them in, or remove the rows: models are trained on gaps, but no prediction is made for a design with one.",
)
def missing_scalar(evidence: Evidence) -> CheckResult | None:
    """Rows in which a design scalar is null, NaN or infinite.

    A warning: boosters learn from such rows as they are, so a gap becomes a feature of the design, and predictions for
    designs with a gap are refused.
    """
    scalars = evidence.rows[SCALARS]
    gaps = scalars.isna() | (scalars.abs() == np.inf)
    missing = evidence.rows_in(gaps.any(axis=1), f"rows[~numpy.isfinite({SCALARS_OF_ROWS}).all(axis=1)]")
    if not missing:
        return None
    columns = gaps.sum().loc[lambda number: number > 0]
    names = listed(f"{name} in {number:,}" for name, number in columns.items())
    message = f"{counted(missing.count, 'row')} {agree(missing.count, 'lacks', 'lack')} a scalar that is a finite number: {names}."
    return CheckResult(missing.count, message, missing.query, missing.examples)
