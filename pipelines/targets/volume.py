"""All targets of one volume, from the properties that the data set states."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import TargetSettings
from .bruggeman import bruggeman_derived, bruggeman_given
from .d_eff import d_eff
from .outcome import Outcome, Reason, undefined
from .porosity import porosity
from .tau import tau_factor


@dataclass(frozen=True, slots=True)
class VolumeProperties:
    """The data set's own numbers: NaN where it has none in this row, None where it has no such column."""

    tau_factor: float | None
    porosity: float | None
    d_eff: float | None
    bruggeman: float | None


@dataclass(frozen=True, slots=True)
class VolumeTargets:
    """One outcome a target, under the target's name."""

    tau_factor: Outcome
    porosity: Outcome
    d_eff: Outcome
    bruggeman_exponent: Outcome


_NO_COLUMN = undefined(Reason.COLUMN_MISSING)


def volume_targets(given: VolumeProperties, settings: TargetSettings) -> VolumeTargets:
    """The targets that depend on the volume alone."""
    tau = _NO_COLUMN if given.tau_factor is None else tau_factor(given.tau_factor)
    fraction = _NO_COLUMN if given.porosity is None else porosity(given.porosity)
    diffusivity = _NO_COLUMN if given.d_eff is None else d_eff(given.d_eff, fraction)
    if settings.bruggeman == "derived":
        exponent = bruggeman_derived(tau, fraction)
    else:
        exponent = _NO_COLUMN if given.bruggeman is None else bruggeman_given(given.bruggeman, tau)
    return VolumeTargets(tau, fraction, diffusivity, exponent)
