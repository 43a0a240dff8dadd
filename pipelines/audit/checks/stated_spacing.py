"""Voxel sizes that the files state."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted, listed


@check(
    code="stated_spacing",
    severity="info",
    unit="volumes",
    remedy="Where no size is given, use what the files state with --voxel-size file, or give one size with --voxel-size METRES.",
    any_contract=True,
)
def stated_spacing(evidence: Evidence) -> CheckResult | None:
    """Volumes whose file states the edges of a voxel: ImageJ's calibration, OME's physical size, spacings of a header.

    An info: lengths are in voxels unless a size is given or asked for. Where the edges differ, or contradict the size that
    was given, `volume_note` says so.
    """
    stated = evidence.volumes_where("status == 'ok' and spacing.notna()")
    if not stated:
        return None
    sizes = evidence.volumes.loc[stated.mask, "spacing"].value_counts()
    message = (
        f"{counted(stated.count, 'volume')} of {len(evidence.volumes):,} {agree(stated.count, 'states', 'state')} a voxel spacing: "
        f"{listed(map(str, sizes.index), SHOWN)}."
    )
    return CheckResult(stated.count, message, stated.query, stated.examples)
