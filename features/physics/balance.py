"""The two electrodes against each other."""

from __future__ import annotations

from ...array_types import Floats
from .declaration import quantity


@quantity("-", "negative over positive electrode thickness")
def np_thickness_ratio(negative_thickness: Floats, positive_thickness: Floats) -> Floats:
    """N/P ratio by thickness: below its design value the negative electrode is overcharged and plates."""
    return negative_thickness / positive_thickness


@quantity("-", "negative over positive particle radius")
def np_radius_ratio(negative_radius: Floats, positive_radius: Floats) -> Floats:
    """Ratio of the particle radii: the side with the larger particles fills more slowly."""
    return negative_radius / positive_radius


@quantity("m", "solid thickness")
def solid_thickness(porosity: Floats, thickness: Floats) -> Floats:
    """(1 - porosity) L: the solid that stores lithium, by area of cell."""
    return (1.0 - porosity) * thickness
