"""The volumes that everything is timed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Field:
    """A random volume, the same at every call."""

    name: str
    porosity: float
    correlation_length: float | None
    """Voxels; None: white noise."""
    seed: int = 0

    def make(self, size: int) -> NDArray[np.bool_]:
        """bool[size, size, size], True = pore."""
        from ..simulate.microstructures import gaussian_random_field, white_noise

        shape = (size, size, size)
        if self.correlation_length is None:
            return white_noise(shape, self.porosity, seed=self.seed)
        return gaussian_random_field(shape, self.porosity, self.correlation_length, seed=self.seed)


REGULAR = tuple(Field(f"field {porosity}", porosity, 6.0) for porosity in (0.35, 0.45, 0.55))
"""Gaussian random fields of correlation length 6 voxels."""
STRESS = Field("noise 0.35", 0.35, None)
"""White noise just above the percolation threshold."""
TYPICAL = REGULAR[1]
"""The field that families are compared and scaling is measured on."""
FIELDS = (*REGULAR, STRESS)
