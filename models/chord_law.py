"""A power law in porosity and the anisotropy of mean chords: long along axis 0, easy along axis 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .shared.law import Law, Term, law_info

if TYPE_CHECKING:
    from .base import ModelInfo

TERMS: tuple[Term, ...] = (
    {"porosity": 1.0},
    {"chord_length_mean_z": 1.0, "chord_length_mean_y": -0.5, "chord_length_mean_x": -0.5},
)


@dataclass(frozen=True)
class ChordLaw(Law):
    """Prefactor and exponents of porosity and chord ratio."""

    info: ClassVar[ModelInfo] = law_info(
        name="chord-law",
        label="law in porosity and chord ratio",
        meaning="y = a porosity^c (chord z / geometric mean of chords y and x)^d",
        terms=TERMS,
        reference="the chord ratio as a measure of anisotropy: Torquato 2002, doi:10.1007/978-1-4757-6355-3",
    )
    terms: ClassVar[tuple[Term, ...]] = TERMS
