"""Transport of salt through the electrolyte in the pores."""

from __future__ import annotations

from ...array_types import Floats
from .declaration import quantity

_NEWMAN = "Newman & Balsara 2021, Electrochemical Systems, 4th ed., chapter 22"


@quantity("s", "time for salt to diffuse through the pores", reference=_NEWMAN)
def electrolyte_diffusion_time(
    porosity: Floats, thickness: Floats, electrolyte_diffusivity: Floats, relative_diffusivity_z: Floats
) -> Floats:
    """Porosity L^2 / (D_e D_rel): storage over conductance of a slab of thickness L."""
    return porosity * thickness**2 / (electrolyte_diffusivity * relative_diffusivity_z)


@quantity("mol.m-2.s-1", "salt flux that diffusion alone can carry", reference=_NEWMAN)
def electrolyte_limiting_flux(
    thickness: Floats,
    electrolyte_diffusivity: Floats,
    electrolyte_concentration: Floats,
    relative_diffusivity_z: Floats,
) -> Floats:
    """D_e D_rel c_0 / L: the flux at which the far side of the electrode runs dry of salt."""
    return electrolyte_diffusivity * relative_diffusivity_z * electrolyte_concentration / thickness


@quantity("m", "length of free electrolyte with the same resistance", reference="doi:10.1149/2.1141607jes")
def equivalent_electrolyte_length(thickness: Floats, relative_diffusivity_z: Floats) -> Floats:
    """L / D_rel: the thickness times the MacMullin number."""
    return thickness / relative_diffusivity_z


@quantity("mol.m-2", "salt held in the pores by area of cell")
def electrolyte_inventory(porosity: Floats, thickness: Floats, electrolyte_concentration: Floats) -> Floats:
    """Porosity L c_0."""
    return porosity * thickness * electrolyte_concentration


@quantity("-", "pore diffusion time over that across one particle radius of electrolyte")
def electrolyte_to_particle_time(
    porosity: Floats, thickness: Floats, radius: Floats, relative_diffusivity_z: Floats
) -> Floats:
    """Porosity L^2 / (D_rel R^2): how much longer salt travels through the electrode than around a particle."""
    return porosity * thickness**2 / (relative_diffusivity_z * radius**2)


@quantity("-", "electrode porosity over that of the separator")
def porosity_over_separator(porosity: Floats, separator_porosity: Floats) -> Floats:
    """Ratio of the porosities: where they differ, the salt gradient bends at the border."""
    return porosity / separator_porosity
