"""The two electrodes against each other."""

from __future__ import annotations

from .declaration import Values, quantity


@quantity("-", "negative over positive electrode thickness")
def np_thickness_ratio(negative_thickness: Values, positive_thickness: Values) -> Values:
    """N/P ratio by thickness: below its design value the negative electrode is overcharged and plates."""
    return negative_thickness / positive_thickness


@quantity("-", "negative over positive particle radius")
def np_radius_ratio(negative_radius: Values, positive_radius: Values) -> Values:
    """Which side's particles are the slower to fill."""
    return negative_radius / positive_radius


@quantity("m", "solid thickness")
def solid_thickness(porosity: Values, thickness: Values) -> Values:
    """(1 - porosity) L: what stores lithium, by area of cell."""
    return (1.0 - porosity) * thickness
