"""Local thickness: the pore (and solid) size distribution, as the largest ball around each point."""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import Column, Phase, descriptor
from ..workspace import Workspace

_UNDEFINED = "one phase only"


@descriptor(
    columns={
        "local_thickness_mean": Column(
            "m", "mean local thickness of the {phase}, as a radius", low=1.0, undefined=_UNDEFINED
        ),
        "local_thickness_std": Column(
            "m", "standard deviation of the local thickness of the {phase}", low=0.0, undefined=_UNDEFINED
        ),
        "local_thickness_d10": Column(
            "m", "local thickness that a tenth of the {phase} does not exceed", low=1.0, undefined=_UNDEFINED
        ),
        "local_thickness_d50": Column(
            "m", "median local thickness of the {phase}, as a radius", low=1.0, undefined=_UNDEFINED
        ),
        "local_thickness_d90": Column(
            "m", "local thickness that nine tenths of the {phase} do not exceed", low=1.0, undefined=_UNDEFINED
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    length_power=1,
    by=("phase",),
    say_pore=True,
    reference="doi:10.1046/j.1365-2818.1997.1340694.x",
)
def local_thickness(work: Workspace, phase: Phase) -> Mapping[str, float]:
    """Hildebrand and Rüegsegger 1997, over all voxels as centres; radii as in the distance map."""
    radii = work.thickness(phase)
    return {
        "local_thickness_mean": radii.mean,
        "local_thickness_std": radii.std,
        "local_thickness_d10": radii.quantile(0.1),
        "local_thickness_d50": radii.quantile(0.5),
        "local_thickness_d90": radii.quantile(0.9),
    }
