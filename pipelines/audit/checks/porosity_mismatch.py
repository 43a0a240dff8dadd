"""Volumes that contradict their stated porosity."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted

TOLERANCE = 0.02


@check(
    code="porosity_mismatch",
    severity="error",
    unit="volumes",
    remedy="Check that file name and row belong together, that porosity is a fraction, and the phase (--pore).",
    any_contract=True,
)
def porosity_mismatch(evidence: Evidence) -> CheckResult | None:
    """Volumes whose share of pore voxels differs from the stated porosity by more than 0.02.

    The phase is that of the whole set (`pore_phase`), so a single volume with the phases
    exchanged is found too. An error: image and row do not belong together, or the image is read
    wrongly, and every descriptor of it is then attached to the wrong cell.
    """
    wrong = evidence.volumes_where(f"abs(porosity_voxels - porosity_given) > {TOLERANCE}")
    if not wrong:
        return None
    volumes = evidence.volumes[wrong.mask]
    worst = (volumes["porosity_voxels"] - volumes["porosity_given"]).abs().max()
    swapped = int(((1.0 - volumes["porosity_voxels"] - volumes["porosity_given"]).abs() <= TOLERANCE).sum())
    message = (
        f"In {counted(wrong.count, 'volume')} the voxels contradict the stated porosity, by up to {worst:.3g}; "
        f"{swapped:,} would agree with the phases exchanged."
    )
    return CheckResult(wrong.count, message, wrong.query, wrong.examples)
