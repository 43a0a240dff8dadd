"""Volumes without a path."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import SOLID_WALL
from ..text import agree, counted


@check(
    code="not_percolating",
    severity="info",
    unit="volumes",
    remedy="Keep them for porosity; they have no tortuosity factor and cannot be simulated as cells: the setting"
    ' comparison.non_percolating = "drop", or that key in [data] of a contract, leaves their cell rows out.',
    any_contract=True,
)
def not_percolating(evidence: Evidence) -> CheckResult | None:
    """Volumes whose pore space has no path from face to face of axis 0, found on the voxels.

    Their relative diffusivity is 0 and their tortuosity factor undefined. An info: such a
    structure is legitimate. What may be wrong about it has codes of its own: `invalid_tau` for the
    numbers beside it, `impossible_cell` for cells that were simulated all the same.
    """
    closed = evidence.volumes_where(SOLID_WALL)
    if not closed:
        return None
    highest = evidence.volumes.loc[closed.mask, "porosity_voxels"].max()
    message = (
        f"{counted(closed.count, 'volume')} of {len(evidence.volumes):,} {agree(closed.count, 'has', 'have')} no pore path along axis 0; "
        f"the highest porosity among them is {highest:.3g}."
    )
    return CheckResult(closed.count, message, closed.query, closed.examples)
