"""Rates of ageing by area of cell: a rate constant acts on the surface that there is."""

from __future__ import annotations

from ...array_types import Floats
from .area import active_area
from .declaration import quantity

_SEI = "doi:10.1039/d2cp00417h"


@quantity("m.s-1", "SEI kinetic rate on the negative electrode's surface, by area of cell", reference=_SEI)
def sei_rate_per_area(
    sei_rate: Floats, porosity: Floats, negative_thickness: Floats, negative_radius: Floats
) -> Floats:
    """k_SEI times the active area of the negative electrode."""
    return sei_rate * active_area(porosity, negative_thickness, negative_radius)


@quantity("m.s-1", "plating kinetic rate on the negative electrode's surface, by area of cell", reference=_SEI)
def plating_rate_per_area(
    plating_rate: Floats, porosity: Floats, negative_thickness: Floats, negative_radius: Floats
) -> Floats:
    """k_plating times the active area of the negative electrode."""
    return plating_rate * active_area(porosity, negative_thickness, negative_radius)


@quantity("m5.mol-1.s-1", "solvent diffusivity times molar volume of the SEI", reference=_SEI)
def sei_parabolic_growth(sei_solvent_diffusivity: Floats, sei_molar_volume: Floats) -> Floats:
    """D V: the SEI's thickness squared grows with it where diffusion through the layer limits."""
    return sei_solvent_diffusivity * sei_molar_volume


@quantity("m", "solvent diffusivity over kinetic rate of the SEI", reference=_SEI)
def sei_crossover_thickness(sei_solvent_diffusivity: Floats, sei_rate: Floats) -> Floats:
    """D / k: the layer's thickness at which growth turns from reaction to diffusion control."""
    return sei_solvent_diffusivity / sei_rate


@quantity("-", "death over plating rate of lithium", reference=_SEI)
def dead_lithium_ratio(
    dead_lithium_decay: Floats, plating_rate: Floats, porosity: Floats, negative_radius: Floats
) -> Floats:
    """Decay constant over k_plating times surface by volume: the share of the plated lithium that is lost."""
    return dead_lithium_decay * negative_radius / (3.0 * (1.0 - porosity) * plating_rate)
