"""A power law in porosity and the geodesic tortuosity along axis 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .shared.law import Law, Term, law_info

if TYPE_CHECKING:
    from .base import ModelInfo

TERMS: tuple[Term, ...] = ({"porosity": 1.0}, {"geodesic_tortuosity_mean_z": 1.0})


@dataclass(frozen=True)
class GeodesicLaw(Law):
    """Prefactor and exponents of porosity and geodesic tortuosity."""

    info: ClassVar[ModelInfo] = law_info(
        name="geodesic-law",
        label="law in porosity and geodesic tortuosity",
        meaning="y = a porosity^c geodesic_tortuosity_mean_z^d",
        terms=TERMS,
        reference="Stenzel et al. 2016, doi:10.1002/aic.15160 (without its constrictivity)",
    )
    terms: ClassVar[tuple[Term, ...]] = TERMS
