"""Designs that several rows share."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted, span


@check(
    code="repeated_design",
    severity="info",
    unit="designs",
    remedy="Never split rows at random: read the regimes that hold out designs and volumes.",
    any_contract=True,
)
def repeated_design(evidence: Evidence) -> CheckResult | None:
    """Vectors of the scalars that occur in more than one row, but for the digits that they are stored with.

    An info: a crossed data set is meant to be so, and it is what makes its effects separable. But
    rows that share a design are not independent, so a random split tests on designs it has seen.
    """
    designs = evidence.rows.groupby("design_digest", sort=False)["param_id"].agg(["size", "first"])
    repeated = designs[designs["size"] > 1]
    if repeated.empty:
        return None
    message = (
        f"{counted(len(repeated), 'design')} of {len(designs):,} {agree(len(repeated), 'occurs', 'occur')} in "
        f"{span(repeated['size'].min(), repeated['size'].max(), digits=9)} rows each, "
        f"over {counted(evidence.rows['filename'].nunique(), 'volume')}."
    )
    examples = tuple(f"param_id {name}" for name in repeated["first"].dropna().head(SHOWN))
    query = 'rows["design_digest"].value_counts().loc[lambda rows: rows > 1]'
    return CheckResult(len(repeated), message, query, examples)
