"""Images that cannot be read."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted


@check(
    code="unreadable_file",
    severity="error",
    unit="volumes",
    remedy="Copy or export the files again; the reason names what was expected and what came.",
    any_contract=True,
)
def unreadable_file(evidence: Evidence) -> CheckResult | None:
    """Files that are there but are no volume: truncated, not 3D, colours, a wrong type, too large.

    An error: their rows have no descriptors, and a comparison refuses to start without them.
    """
    unreadable = evidence.volumes_where("status == 'unreadable'")
    if not unreadable:
        return None
    reason = evidence.volumes.loc[unreadable.mask, "reason"].iloc[0]
    rows = int(evidence.of_volumes(unreadable).sum())
    message = (
        f"{counted(unreadable.count, 'volume')} of {len(evidence.volumes):,} cannot be read; {counted(rows, 'row')} {agree(rows, 'refers', 'refer')} "
        f"to them. The first: {reason}"
    )
    return CheckResult(unreadable.count, message, unreadable.query, unreadable.examples)
