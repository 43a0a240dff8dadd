"""Reacting surface by area of cell."""

from __future__ import annotations

from ...array_types import Floats
from .declaration import quantity

_SPHERES = "doi:10.1149/1.2221597"


@quantity("m2.m-2", "particle surface by area of cell, from the particle radius", reference=_SPHERES)
def active_area(porosity: Floats, thickness: Floats, radius: Floats) -> Floats:
    """3 (1 - porosity) L / R: the surface of spheres of radius R that fill the solid."""
    return 3.0 * (1.0 - porosity) * thickness / radius


@quantity("m2.m-2", "imaged pore surface by area of cell", in_metres=True)
def imaged_area(specific_surface: Floats, thickness: Floats) -> Floats:
    """Specific surface of the image times the thickness."""
    return specific_surface * thickness


@quantity("-", "imaged pore surface over that of spheres of the particle radius", in_metres=True)
def imaged_over_active_area(specific_surface: Floats, porosity: Floats, radius: Floats) -> Floats:
    """S R / (3 (1 - porosity)): 1 where the image shows free spheres, less where they touch or merge."""
    return specific_surface * radius / (3.0 * (1.0 - porosity))
