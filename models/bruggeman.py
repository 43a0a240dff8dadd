"""Bruggeman's law with a fitted exponent: tau = porosity^(1 - b), relative diffusivity = porosity^b."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .shared.law import Law, Term, law_info

if TYPE_CHECKING:
    from .base import ModelInfo

TERMS: tuple[Term, ...] = ({"porosity": 1.0},)


@dataclass(frozen=True)
class Bruggeman(Law):
    """One exponent and no prefactor: it gives 1 at porosity 1. For tau the exponent is 1 - b, for d_eff b."""

    info: ClassVar[ModelInfo] = law_info(
        name="bruggeman",
        label="Bruggeman",
        meaning="y = porosity^c, one fitted exponent",
        terms=TERMS,
        reference="Bruggeman 1935, doi:10.1002/andp.19354160705; Tjaden et al. 2016, doi:10.1016/j.coche.2016.02.006",
    )
    terms: ClassVar[tuple[Term, ...]] = TERMS
    prefactor: ClassVar[bool] = False
