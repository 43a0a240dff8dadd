"""Cells through which nothing can flow."""

from __future__ import annotations

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence, holds
from ..tables import SOLID_WALL
from ..text import agree, counted

_SIMULATED = "not failed and (nominal_capacity.notna() or mean_discharge_voltage.notna())"


@check(
    code="impossible_cell",
    severity="error",
    unit="rows",
    remedy="Leave these rows out, as comparison.non_percolating = drop does by default; "
    "simulate again with the transport of the image.",
)
def impossible_cell(evidence: Evidence) -> CheckResult | None:
    """Cells with results although their volume has no pore path through the electrode.

    No ion crosses such an electrode, so the simulation must have used a clamped exponent instead
    of the image. Counted are rows of volumes that do not percolate that did not fail and hold a
    capacity or a voltage. An error: the results are wrong, and may be the best of the set.
    """
    closed = evidence.volumes_where(SOLID_WALL)
    mask = evidence.of_volumes(closed) & holds(evidence.rows, _SIMULATED)
    impossible = evidence.rows_in(mask, f'rows[rows.filename.isin({closed.query}.filename)].query("{_SIMULATED}")')
    if not impossible:
        return None
    best = mask & (evidence.rows["nominal_capacity"] == _largest_of_design(evidence))
    lives = evidence.rows["projected_cycle_life"]
    message = (
        f"{counted(impossible.count, 'row')} of {counted(closed.count, 'volume')} without any pore path "
        f"{agree(impossible.count, 'holds', 'hold')} cell results. {int(best.sum()):,} of them "
        f"{agree(int(best.sum()), 'has', 'have')} the largest first capacity of their design, and the median life is "
        f"{lives[mask].median():.4g} cycles, against {lives[~mask].median():.4g} elsewhere."
    )
    return CheckResult(impossible.count, message, impossible.query, impossible.examples)


def _largest_of_design(evidence: Evidence) -> pd.Series[float]:
    """For each row the largest first capacity among the rows of its design, where there are others."""
    capacities = evidence.rows.groupby("design_digest", sort=False)["nominal_capacity"]
    return capacities.transform("max").where(capacities.transform("size") > 1)
