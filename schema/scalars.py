"""The 15 design scalars: the inputs of a cell simulation that are not the image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scalar:
    """One design scalar: an input of the cell simulation that is not the image.

    ``log`` says that it is positive and spans decades, so that models may take its logarithm.
    """

    name: str
    column: str
    unit: str
    meaning: str
    log: bool = True


SCALARS: tuple[Scalar, ...] = (
    Scalar("sei_rate", "SEI kinetic rate constant [m.s-1]", "m/s", "rate constant of SEI growth"),
    Scalar(
        "electrolyte_diffusivity", "Electrolyte diffusivity [m2.s-1]", "m2/s", "salt diffusivity in free electrolyte"
    ),
    Scalar(
        "electrolyte_concentration",
        "Initial concentration in electrolyte [mol.m-3]",
        "mol/m3",
        "initial salt concentration",
    ),
    Scalar(
        "separator_porosity",
        "Separator porosity",
        "-",
        "electrolyte volume fraction of the separator",
        log=False,
    ),
    Scalar("positive_radius", "Positive particle radius [m]", "m", "radius of the positive active particles"),
    Scalar("negative_radius", "Negative particle radius [m]", "m", "radius of the negative active particles"),
    Scalar("positive_thickness", "Positive electrode thickness [m]", "m", "thickness of the positive electrode"),
    Scalar("negative_thickness", "Negative electrode thickness [m]", "m", "thickness of the negative electrode"),
    Scalar(
        "sei_solvent_diffusivity",
        "Outer SEI solvent diffusivity [m2.s-1]",
        "m2/s",
        "solvent diffusivity in the outer SEI",
    ),
    Scalar("dead_lithium_decay", "Dead lithium decay constant [s-1]", "1/s", "rate at which plated lithium dies"),
    Scalar("plating_rate", "Lithium plating kinetic rate constant [m.s-1]", "m/s", "rate constant of lithium plating"),
    Scalar(
        "lam_rate",
        "Negative electrode LAM constant proportional term [s-1]",
        "1/s",
        "loss of active material, proportional term",
    ),
    Scalar(
        "cracking_rate", "Negative electrode cracking rate", "-", "Paris-law cracking rate of the negative particles"
    ),
    Scalar(
        "sei_molar_volume",
        "Outer SEI partial molar volume [m3.mol-1]",
        "m3/mol",
        "partial molar volume of the outer SEI",
    ),
    Scalar(
        "sei_activation_energy", "SEI growth activation energy [J.mol-1]", "J/mol", "activation energy of SEI growth"
    ),
)
SCALAR_COLUMNS: tuple[str, ...] = tuple(scalar.column for scalar in SCALARS)
INPUT_PREFIX = "input_"
"""Data sets may write a scalar's column with this prefix."""
