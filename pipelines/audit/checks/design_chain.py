"""Designs that run into one another."""

from __future__ import annotations

from ...data.designs import designs_of
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted


@check(
    code="design_chain",
    severity="warning",
    unit="designs",
    remedy="Write the scalars of a design once, with all their digits; until then its rows count as different designs.",
)
def design_chain(evidence: Evidence) -> CheckResult | None:
    """Values of `param_id` whose scalars lie so close in a row that each is the next one's design, but not the last one's.

    Two vectors of one id within a relative 1e-5 are one design. Where three or more follow one another like that and the
    ends differ by more, nothing is merged. A warning: nearly equal designs may lie on both sides of a split.
    """
    chained = designs_of(evidence.rows).chained
    if not chained:
        return None
    message = f"{counted(len(chained), 'param_id')} {agree(len(chained), 'names', 'name')} designs that differ by a chain of small steps."
    query = f'rows.loc[rows["param_id"].isin({list(chained)!r}), "param_id"].unique()'
    return CheckResult(len(chained), message, query, tuple(f"param_id {name}" for name in chained[:SHOWN]))
