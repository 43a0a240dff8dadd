"""A power law in porosity and specific surface: fine structures against coarse ones of equal porosity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .shared.law import Law, Term, law_info

if TYPE_CHECKING:
    from .base import ModelInfo

TERMS: tuple[Term, ...] = ({"porosity": 1.0}, {"specific_surface": 1.0})


@dataclass(frozen=True)
class SurfaceLaw(Law):
    """Prefactor and exponents of porosity and specific surface."""

    info: ClassVar[ModelInfo] = law_info(
        name="surface-law",
        label="law in porosity and surface",
        meaning="y = a porosity^c specific_surface^d",
        terms=TERMS,
        reference="the surface term as in Kozeny 1927 and Carman 1937",
    )
    terms: ClassVar[tuple[Term, ...]] = TERMS
