"""Simulated mercury intrusion: balls pushed in from a face, ever smaller ones."""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import Axis, Column, descriptor
from ..workspace import Workspace

_FACES = ("low", "high")
_SHARES = (20, 50, 80)


@descriptor(
    columns={
        f"intrusion_d{share}_{face}": Column(
            "m",
            f"largest radius at which balls from the {face} face of {{axis}} cover {share} % of the pores",
            low=1.0,
            undefined=f"less than {share} % of the pores open to that face, or one phase only",
            mirror="directed",
        )
        for face in _FACES
        for share in _SHARES
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    length_power=1,
    by=("axis",),
    reference="doi:10.1016/S0008-8846(01)00614-5",
)
def mercury_intrusion(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """A ball goes wherever a face-connected path of centres leads on which it fits; it covers all it touches there."""
    values = {}
    for side, face in enumerate(_FACES):
        radii = work.intrusion(axis, side)
        for share in _SHARES:
            values[f"intrusion_d{share}_{face}"] = radii.reached_by(share / 100 * work.pore_count)
    return values
