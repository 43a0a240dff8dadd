"""Oddities of the files of volumes."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, counted


@check(
    code="volume_note",
    severity="warning",
    unit="volumes",
    remedy="Look at one of the files; --pore, --outside and --voxel-size say what it does not.",
    any_contract=True,
)
def volume_note(evidence: Evidence) -> CheckResult | None:
    """Volumes that were read, but about which something should be known.

    Grey values that were parted by a threshold, stray values beside two labels, voxels that are not cubic or contradict
    the size given, values whose colours viewers turn round. A warning: the numbers rest on how this was taken.
    """
    odd = evidence.volumes_where("status == 'ok' and note.notna()")
    if not odd:
        return None
    notes = evidence.volumes.loc[odd.mask, "note"].value_counts()
    more = f"; and {len(notes) - SHOWN} more" if len(notes) > SHOWN else ""
    told = "; ".join(f"{note} ({number:,})" for note, number in notes.head(SHOWN).items())
    return CheckResult(odd.count, f"Of {counted(odd.count, 'volume')}: {told}{more}.", odd.query, odd.examples)
