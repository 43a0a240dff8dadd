"""Initial DC resistance: the voltage jump over the current jump where the cell leaves or enters rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...array_types import Float64, Int64, UInt8
from ...schema import DCIR_METHODS
from .lists import NOWHERE
from .outcome import Outcomes, Reason, outcomes
from .trace import Traces

REST, DISCHARGE, CHARGE = 0, 1, -1
JUMPS: Mapping[tuple[int, int], int] = {
    (REST, DISCHARGE): DCIR_METHODS.index("rest_to_discharge") + 1,
    (REST, CHARGE): DCIR_METHODS.index("rest_to_charge") + 1,
    (DISCHARGE, REST): DCIR_METHODS.index("discharge_to_rest") + 1,
}
"""The jumps (before, after) that give a resistance, in order of preference, with the code of each method."""
_PREFERRED = JUMPS[REST, DISCHARGE]


@dataclass(frozen=True, eq=False)
class Resistances(Outcomes):
    """Resistances in ohm, the jump each was read at (``method``, uint8[n]) and the ``voltage`` (V) before that jump.

    Jump and voltage also stand where the jump gave no positive resistance; the method is 0 where there is no jump.
    """

    method: UInt8
    voltage: Float64


def initial_dcir(traces: Traces, sign: int, *, strict: bool) -> Resistances:
    """(V_before - V_after) / (I_after - I_before) with I > 0 on discharge, at the first jump of the best kind.

    ``sign`` is the sign of the stored current on discharge, 0 where it is not known. ``strict``
    allows no kind of jump but rest -> discharge. Physically sound data give a positive value for
    every kind; anything else is NaN with its reason.
    """
    before, method = _best_jumps(traces, sign)
    if strict:
        substitute = method != _PREFERRED
        before, method = np.where(substitute, NOWHERE, before), np.where(substitute, 0, method).astype(np.uint8)
    found = before != NOWHERE
    after = np.where(found, before + 1, NOWHERE)
    at, voltage, current = traces.samples.at, traces.voltage, traces.current
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (at(voltage, before) - at(voltage, after)) / (sign * (at(current, after) - at(current, before)))
    known = outcomes(
        value,
        (True, traces.reason),
        (sign == 0, Reason.SIGN_UNDECIDED),
        (~found, Reason.NO_REST_TO_DISCHARGE if strict else Reason.NO_JUMP),
        (~np.isfinite(value), Reason.OUT_OF_RANGE),
        (value <= 0.0, Reason.NOT_POSITIVE),
    )
    return Resistances(known.value, known.reason, method, at(voltage, before))


def _best_jumps(traces: Traces, sign: int) -> tuple[Int64, UInt8]:
    """Position before the first jump of the best kind in each cycle, ``NOWHERE`` without one, and the kind's code."""
    samples, before = traces.samples, traces.phase
    after = samples.next(before)
    changes = samples.has_next & (before != after)
    position = np.full(len(traces), NOWHERE)
    method = np.zeros(len(traces), np.uint8)
    for (left, right), number in JUMPS.items() if sign else ():
        first = samples.first_position(changes & (before == sign * left) & (after == sign * right))
        new = (method == 0) & (first != NOWHERE)
        position[new], method[new] = first[new], number
    return position, method
