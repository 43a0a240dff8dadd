"""Shares of the sphere nearest to each of some directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ...array_types import Float64


def shares_nearest(vectors: Float64) -> Float64:
    """float64[n]: share of all directions that lie nearest to each of ``vectors`` [n, 3] or its opposite, by Voronoi cells."""
    from scipy.spatial import SphericalVoronoi

    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    areas = SphericalVoronoi(np.concatenate([units, -units])).calculate_areas()
    return np.asarray((areas[: len(units)] + areas[len(units) :]) / areas.sum(), np.float64)
