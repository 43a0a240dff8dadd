"""All targets of the volumes, from the properties that the data set states."""

from __future__ import annotations

from dataclasses import dataclass

from ...array_types import Float64
from ..settings import TargetSettings
from .bruggeman import bruggeman_derived, bruggeman_given
from .d_eff import d_eff
from .outcome import Outcomes, Reason, undefined
from .porosity import porosity
from .tau import tau_factor


@dataclass(frozen=True, eq=False)
class VolumeProperties:
    """The data set's own numbers, float64[n] each: NaN where it has none in that row, None where it has no such column."""

    tau_factor: Float64 | None
    porosity: Float64 | None
    d_eff: Float64 | None
    bruggeman: Float64 | None


@dataclass(frozen=True, eq=False)
class VolumeTargets:
    """The outcomes of each target, under the target's name."""

    tau_factor: Outcomes
    porosity: Outcomes
    d_eff: Outcomes
    bruggeman_exponent: Outcomes


def volume_targets(n: int, given: VolumeProperties, settings: TargetSettings) -> VolumeTargets:
    """The targets of n rows that depend on the volume alone."""
    no_column = undefined(n, Reason.COLUMN_MISSING)
    tau = no_column if given.tau_factor is None else tau_factor(given.tau_factor)
    fraction = no_column if given.porosity is None else porosity(given.porosity)
    diffusivity = no_column if given.d_eff is None else d_eff(given.d_eff, fraction)
    if settings.bruggeman == "derived":
        exponent = bruggeman_derived(tau, fraction)
    else:
        exponent = no_column if given.bruggeman is None else bruggeman_given(given.bruggeman, tau)
    return VolumeTargets(tau, fraction, diffusivity, exponent)
