"""Diffusion through the pores: relative diffusivity and tortuosity factor along each axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..declaration import Axis, Column, descriptor
from ..transport import transport
from ..workspace import Workspace

_NO_PATH = "no pore path along {axis}"
_UNDEFINED = f"{_NO_PATH}, or the solver did not converge"


@descriptor(
    columns={
        "relative_diffusivity": Column(
            "-",
            "effective over bulk diffusivity of the pores along {axis}, potentials fixed on the outer faces; 0 without a path",
            low=0.0,
            high=1.0,
            undefined="the solver did not converge",
            log=True,
        ),
        "tortuosity_factor": Column(
            "-",
            "porosity over relative diffusivity along {axis}, all pores counted",
            low=1.0,
            undefined=_UNDEFINED,
            log=True,
        ),
        "tortuosity_factor_percolating": Column(
            "-",
            "porosity of the clusters that touch both faces of {axis} over relative diffusivity",
            low=1.0,
            undefined=_UNDEFINED,
            log=True,
        ),
        "diffusion_converged": Column(
            "-", "1 where the diffusion solver for {axis} converged, else 0", low=0.0, high=1.0
        ),
    },
    tier="transport",
    only_cubes=False,
    version=1,
    by=("axis",),
    needs=("porosity", "percolating_porosity{_axis}"),
    reference="doi:10.1016/j.softx.2016.09.002",
)
def diffusion(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """Tortuosity factor after TauFactor: tau = porosity D_0 / D_eff."""
    solution = transport(work, "pore", axis)
    relative = solution.relative_diffusivity
    return {
        "relative_diffusivity": relative,
        "tortuosity_factor": work.columns["porosity"] / relative if relative > 0.0 else math.nan,
        "tortuosity_factor_percolating": (
            work.columns[f"percolating_porosity_{axis}"] / relative if relative > 0.0 else math.nan
        ),
        "diffusion_converged": float(solution.converged),
    }
