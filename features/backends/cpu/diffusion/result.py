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
    """Effective over bulk diffusivity, D_eff / D_0."""
    fraction: float
    """Volume share of the phase."""
    spanning_fraction: float
    """Volume share of its components that touch both faces."""
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

    @property
    def tortuosity(self) -> float:
        """Tortuosity factor: volume share of the phase / relative diffusivity, NaN where nothing spans."""
        return self.fraction / self.relative_diffusivity if self.relative_diffusivity > 0.0 else float("nan")
