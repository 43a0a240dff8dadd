"""Mean discharge voltage: over the samples, as the users define it, and over time."""

from __future__ import annotations

import numpy as np

from .outcome import Outcome, Reason, defined, undefined
from .trace import Trace


def mean_discharge_voltage(trace: Trace, sign: int) -> Outcome:
    """Plain mean in V of all samples with the discharge sign beyond the rest threshold."""
    lacking = _lacking(trace, sign)
    if lacking is not None:
        return undefined(lacking)
    return defined(float(trace.voltage[trace.phase == sign].mean()))


def mean_discharge_voltage_time(trace: Trace, sign: int) -> Outcome:
    """Time mean in V of the same samples by the trapezoid rule.

    Only intervals whose two ends are in discharge count, so a rest or a charge between two
    discharges adds neither voltage nor time.
    """
    lacking = _lacking(trace, sign)
    if lacking is not None:
        return undefined(lacking)
    discharge = trace.phase == sign
    inside = discharge[:-1] & discharge[1:]
    step = np.diff(trace.time)[inside]
    if (step < 0.0).any():
        return undefined(Reason.TIME_RUNS_BACK)
    duration = float(step.sum())
    if duration == 0.0:
        return undefined(Reason.NO_DURATION)
    middle = 0.5 * (trace.voltage[:-1] + trace.voltage[1:])[inside]
    return defined(float(middle @ step) / duration)


def _lacking(trace: Trace, sign: int) -> Reason | None:
    """Reason why there is no discharge to average, or None."""
    if trace.reason is not None:
        return trace.reason
    if sign == 0:
        return Reason.SIGN_UNDECIDED
    return None if (trace.phase == sign).any() else Reason.NO_DISCHARGE
