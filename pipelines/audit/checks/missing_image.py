"""Rows without their image."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted


@check(
    code="missing_image",
    severity="error",
    unit="volumes",
    remedy="Name the folder that holds the images with --images, spell the names as the files are spelt, or remove the rows.",
    any_contract=True,
)
def missing_image(evidence: Evidence) -> CheckResult | None:
    """File names of the rows that lead to no file.

    An error: their rows have no descriptors, and a comparison refuses to start without them.
    """
    missing = evidence.volumes_where("status == 'missing'")
    if not missing:
        return None
    rows = int(evidence.of_volumes(missing).sum())
    reasons = evidence.volumes.loc[missing.mask, "reason"].dropna()
    message = (
        f"{counted(missing.count, 'volume')} of {len(evidence.volumes):,} cannot be found; {counted(rows, 'row')} "
        f"{agree(rows, 'refers', 'refer')} to them." + (f" The first: {reasons.iloc[0]}" if len(reasons) else "")
    )
    return CheckResult(missing.count, message, missing.query, missing.examples)
