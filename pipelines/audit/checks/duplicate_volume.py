"""Volumes that occur twice."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted


@check(
    code="duplicate_volume",
    severity="warning",
    unit="volumes",
    remedy="Remove the copies; until then they share a fold, as poregrove groups volumes by content.",
    any_contract=True,
)
def duplicate_volume(evidence: Evidence) -> CheckResult | None:
    """Volumes whose pore space another file of the set holds already.

    Compared by content, and by a canonical digest that flips, quarter turns and exchanging the
    phases leave unchanged. Counted are the files after the first of each group. A warning: folds
    are grouped by content, so nothing leaks here, but fewer volumes are independent than there
    are files, and any split by file name leaks.
    """
    volumes = evidence.volumes[evidence.volumes["status"] == "ok"]
    exact = volumes.duplicated("volume_digest")
    repeated = exact | volumes.duplicated("canonical_digest")
    count = int(repeated.sum())
    if not count:
        return None
    alike = volumes.groupby("canonical_digest", sort=False)["filename"].transform("first")
    same = volumes.groupby("volume_digest", sort=False)["filename"].transform("first")
    pairs = volumes["filename"] + " = " + same.where(exact, alike)
    message = (
        f"{counted(count, 'volume')} of {len(volumes):,} {agree(count, 'repeats', 'repeat')} another file: {int(exact.sum()):,} voxel by voxel, "
        f"{count - int(exact.sum()):,} flipped, turned or with the phases exchanged."
    )
    query = (
        "volumes.query(\"status == 'ok'\")"
        '.loc[lambda v: v.duplicated("volume_digest") | v.duplicated("canonical_digest")]'
    )
    return CheckResult(count, message, query, tuple(pairs[repeated].head(SHOWN)))
