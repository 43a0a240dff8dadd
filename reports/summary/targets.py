"""The targets: meaning, distribution, and where and why each is undefined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .context import Context, TargetInfo
from .labels import DCIR_JUMPS, humanised, status_label
from .shares import Shares, shares_of

N_BINS = 24


@dataclass(frozen=True)
class Histogram:
    """Counts between ``edges``; ``log`` where the edges are evenly spaced on the logarithm."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    log: bool


@dataclass(frozen=True)
class Part:
    """A named share of a whole."""

    label: str
    n: int
    share: float


@dataclass(frozen=True)
class TargetSummary:
    """One target; ``n_values`` values stand in the run, ``note`` says what to know before trusting the name."""

    target: TargetInfo
    n_values: int
    quantiles: tuple[tuple[str, float], ...]
    histogram: Histogram | None
    reasons: tuple[Part, ...]
    statuses: tuple[Part, ...]
    shares: Shares | None
    note: str


def targets(context: Context) -> tuple[TargetSummary, ...]:
    """One summary a target."""
    return tuple(_summary(context, target) for target in context.targets)


def _summary(context: Context, target: TargetInfo) -> TargetSummary:
    rows = context.run.rows
    values = rows[target.name].to_numpy("float64") if target.name in rows.columns else np.empty(0)
    values = values[np.isfinite(values)]
    return TargetSummary(
        target=target,
        n_values=len(values),
        quantiles=_quantiles(values),
        histogram=histogram(values, log=target.scale == "log"),
        reasons=_parts({humanised(key): n for key, n in target.reasons.items()}, target.n + target.n_undefined),
        statuses=_parts({status_label(key): n for key, n in target.statuses.items()}, sum(target.statuses.values())),
        shares=shares_of(context, target.name),
        note=_note(target),
    )


def _quantiles(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[tuple[str, float], ...]:
    if not len(values):
        return ()
    names = {"lowest": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95, "highest": 1.0}
    return tuple((name, float(np.quantile(values, q))) for name, q in names.items())


def histogram(values: np.ndarray[tuple[int], np.dtype[np.float64]], *, log: bool) -> Histogram | None:
    """Counts in equal bins over the whole range; None without values."""
    if not len(values):
        return None
    log = log and bool(values.min() > 0)
    scaled = np.log(values) if log else values
    low, high = float(scaled.min()), float(scaled.max())
    # numpy cannot divide a range that is narrow against its magnitude; such a target is constant to a reader.
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        return Histogram((float(values.min()), float(values.max())), (len(values),), log=False)
    n_bins = int(np.clip(np.sqrt(len(values)), 8, N_BINS))
    counts, edges = np.histogram(scaled, bins=n_bins)
    edges = np.exp(edges) if log else edges
    return Histogram(tuple(map(float, edges)), tuple(map(int, counts)), log)


def _parts(counts: Mapping[str, int], whole: int) -> tuple[Part, ...]:
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Part(label, int(n), n / whole if whole else 0.0) for label, n in order if n)


def _note(target: TargetInfo) -> str:
    if target.name == "mean_discharge_voltage":
        return (
            "Plain mean of the voltage samples. With adaptive time steps that is not the mean over time; "
            "the time mean stands beside it, with weight 0."
        )
    if target.name == "mean_discharge_voltage_time":
        return "Mean over time (trapezoids) of the same voltage; scored beside the sample mean, with weight 0."
    if target.name == "initial_dcir":
        return _dcir_note(target)
    if target.derivable:
        return f"A {target.derivable} descriptor computes this outright, so predicting it from descriptors is no feat."
    return ""


def _dcir_note(target: TargetInfo) -> str:
    methods = [method for method, n in target.statuses.items() if n and method in DCIR_JUMPS]
    if not methods:
        return "The run does not record at which jump of the current the resistance was taken."
    if methods == ["rest_to_discharge"]:
        return "Taken at the first rest → discharge jump."
    if len(methods) > 1:
        return "Taken at different kinds of jump, so the values are not one quantity; see the shares."
    return f"Taken at the {DCIR_JUMPS[methods[0]]} jump for want of a rest before the discharge: not the initial resistance."
