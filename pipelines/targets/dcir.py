"""Initial DC resistance: the voltage jump over the current jump where the cell leaves or enters rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .outcome import Outcome, Reason
from .trace import Trace

Method = Literal["rest_to_discharge", "rest_to_charge", "discharge_to_rest"]

REST, DISCHARGE, CHARGE = 0, 1, -1
JUMPS: Mapping[tuple[int, int], Method] = {
    (REST, DISCHARGE): "rest_to_discharge",
    (REST, CHARGE): "rest_to_charge",
    (DISCHARGE, REST): "discharge_to_rest",
}
"""The jumps (before, after) that give a resistance, in order of preference."""


@dataclass(frozen=True, slots=True)
class Resistance(Outcome):
    """Resistance in ohm, the jump it was read at and the voltage (V) before that jump.

    Jump and voltage also stand where the jump gave no positive resistance.
    """

    method: Method | None = None
    voltage: float = math.nan


def initial_dcir(trace: Trace, sign: int, *, strict: bool) -> Resistance:
    """(V_before - V_after) / (I_after - I_before) with I > 0 on discharge, at the first jump of the best kind.

    ``sign`` is the sign of the stored current on discharge, 0 where it is not known. ``strict``
    allows no kind of jump but rest -> discharge. Physically sound data give a positive value for
    every kind; anything else is NaN with its reason.
    """
    if trace.reason is not None:
        return _no_resistance(trace.reason)
    if sign == 0:
        return _no_resistance(Reason.SIGN_UNDECIDED)
    found = _first_jumps(trace, sign)
    method: Method | None = next((kind for kind in JUMPS.values() if kind in found), None)
    if strict and method != "rest_to_discharge":
        return _no_resistance(Reason.NO_REST_TO_DISCHARGE)
    if method is None:
        return _no_resistance(Reason.NO_JUMP)
    before = found[method]
    after = before + 1
    fall = float(trace.voltage[before] - trace.voltage[after])
    rise = float(trace.current[after] - trace.current[before])
    value = fall / (sign * rise)
    voltage = float(trace.voltage[before])
    reason = Reason.OUT_OF_RANGE if not math.isfinite(value) else Reason.NOT_POSITIVE if value <= 0.0 else None
    return Resistance(value if reason is None else math.nan, reason, method, voltage)


def _first_jumps(trace: Trace, sign: int) -> dict[Method, int]:
    """Position before the first jump of each kind that occurs."""
    found: dict[Method, int] = {}
    phase = trace.phase
    for at in np.flatnonzero(phase[1:] != phase[:-1]):
        kind = JUMPS.get((sign * int(phase[at]), sign * int(phase[at + 1])))
        if kind is not None:
            found.setdefault(kind, int(at))
    return found


def _no_resistance(reason: Reason) -> Resistance:
    return Resistance(math.nan, reason)
