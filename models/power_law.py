"""Archie's law in its general form: a power of porosity with a prefactor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .shared.law import Law, Term, law_info

if TYPE_CHECKING:
    from .base import ModelInfo

TERMS: tuple[Term, ...] = ({"porosity": 1.0},)


@dataclass(frozen=True)
class PowerLaw(Law):
    """Prefactor and exponent of porosity."""

    info: ClassVar[ModelInfo] = law_info(
        name="power-law",
        label="power law in porosity",
        meaning="y = a porosity^c, fitted prefactor and exponent",
        terms=TERMS,
        reference="Archie 1942, doi:10.2118/942054-G",
    )
    terms: ClassVar[tuple[Term, ...]] = TERMS
