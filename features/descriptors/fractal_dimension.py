"""Fractal dimension of the pore wall, by its Minkowski sausage."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..declaration import PHASES, Column, descriptor
from ..workspace import Workspace

_RADII = np.arange(1, 5)


@descriptor(
    columns={
        "fractal_dimension": Column(
            "-",
            "Minkowski-Bouligand dimension of the pore wall over radii of 1 to 4 voxels: 2 flat, towards 3 rough",
            low=0.0,
            high=3.0,
            undefined="one phase only",
        )
    },
    tier="morphology",
    version=1,
    reference="doi:10.1007/978-1-4612-4418-2",
)
def fractal_dimension(work: Workspace) -> Mapping[str, float]:
    """3 - slope of log V(r) over log r, V the number of voxels within r of the other phase."""
    if not work.both_phases():
        return {"fractal_dimension": math.nan}
    volumes = np.zeros(len(_RADII))
    for phase in PHASES:
        distances = work.distances(phase)
        volumes += [distances.counts[distances.values <= radius].sum() for radius in _RADII]
    slope = np.polynomial.Polynomial.fit(np.log(_RADII), np.log(volumes), 1, domain=[-1, 1]).coef[1]
    return {"fractal_dimension": 3.0 - float(slope)}
