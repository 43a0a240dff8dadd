"""Result of the diffusion problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class DiffusionResult:
    """Steady diffusion between the outer faces of one axis.

    A phase that does not join both faces has relative diffusivity 0, exactly, and tortuosity NaN;
    a solution that did not converge has NaN for both.
    """

    relative_diffusivity: float
    """Effective over bulk diffusivity, D_eff / D_0; of phases with conductivities of their own, in units of those."""
    fraction: float
    """Volume share of the phase; the volume mean of the conductivity where phases have their own."""
    spanning_fraction: float
    """Volume share of its components that touch both faces, or come round to themselves where the axis is periodic."""
    converged: bool
    iterations: int
    """Steps of conjugate gradients, over all rounds."""
    remainder: float
    """Estimate of the relative error that is left in the energy, and was subtracted from it."""
    flux_spread: float
    """(largest - smallest) / mean of the fluxes through the planes across the axis."""
    plane_fluxes: NDArray[np.float64]
    """Flux through each plane of faces, inlet first, in units of relative diffusivity; [0] where nothing spans."""
    throughput: NDArray[np.float32] | None = None
    """Flow through each voxel: half the sum of the absolute flows through its faces, mean 1 over the
    spanning voxels; on demand, in the layout of the volume."""
    deviation: NDArray[np.float32] | None = None
    """Deviation of the potential of each voxel from the profile that falls by 1 from plane to plane; on demand, likewise."""
    flux: NDArray[np.float32] | None = None
    """float32[3, z, y, x]: flux along z, y, x in each voxel, relative to that of the bulk (of conductivity 1) under the
    same mean gradient; its mean along the axis is the relative diffusivity. On demand."""

    @property
    def tortuosity(self) -> float:
        """Tortuosity factor: volume share of the phase (mean conductivity) / relative diffusivity, NaN where nothing spans."""
        return self.fraction / self.relative_diffusivity if self.relative_diffusivity > 0.0 else float("nan")
