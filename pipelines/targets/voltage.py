"""Mean discharge voltage: over the samples, as the users define it, and over time."""

from __future__ import annotations

import numpy as np

from .outcome import Outcomes, Reason, Rule, outcomes
from .trace import Traces


def mean_discharge_voltages(traces: Traces, sign: int) -> Outcomes:
    """Plain mean in V of all samples with the discharge sign beyond the rest threshold."""
    discharge = traces.phase == sign
    count = traces.samples.count(discharge)
    with np.errstate(invalid="ignore"):
        mean = traces.samples.total(np.where(discharge, traces.voltage, 0.0)) / count
    return outcomes(mean, *_lacking(traces, sign))


def mean_discharge_voltages_by_time(traces: Traces, sign: int) -> Outcomes:
    """Time mean in V of the same samples by the trapezoid rule.

    Only intervals whose two ends are in discharge count, so a rest or a charge between two
    discharges adds neither voltage nor time.
    """
    samples, discharge = traces.samples, traces.phase == sign
    inside = samples.has_next & discharge & samples.next(discharge)
    step = np.where(inside, samples.change(traces.time), 0.0)
    middle = 0.5 * (traces.voltage + samples.next(traces.voltage))
    duration = samples.total(step)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = samples.total(middle * step) / duration
    return outcomes(
        mean,
        *_lacking(traces, sign),
        (samples.any(step < 0.0), Reason.TIME_RUNS_BACK),
        (duration == 0.0, Reason.NO_DURATION),
    )


def _lacking(traces: Traces, sign: int) -> tuple[Rule, ...]:
    """The rules by which there is no discharge to average."""
    return (
        (True, traces.reason),
        (sign == 0, Reason.SIGN_UNDECIDED),
        (~traces.samples.any(traces.phase == sign), Reason.NO_DISCHARGE),
    )
