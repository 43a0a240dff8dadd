"""Conduction through the solid: its effective conductivity along each axis."""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import Axis, Column, descriptor
from ..transport import transport
from ..workspace import Workspace


@descriptor(
    columns={
        "relative_conductivity_solid": Column(
            "-",
            "effective over bulk conductivity of the solid along {axis}, potentials fixed on the outer faces; 0 without a path",
            low=0.0,
            high=1.0,
            undefined="the solver did not converge",
            log=True,
        ),
    },
    tier="transport",
    only_cubes=False,
    version=1,
    by=("axis",),
    reference="doi:10.1016/j.softx.2016.09.002",
)
def conductivity(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """Solve the same equation as for the pores: electrons in the solid for salt in the electrolyte."""
    return {"relative_conductivity_solid": transport(work, "solid", axis).relative_diffusivity}
