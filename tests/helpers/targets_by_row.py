"""The targets of one cell, written down row by row from their definitions: what the batches must equal.

Results are ``(value, reason)``, or ``(value, reason, status or method, ...)``, with None where there is none.
"""

import itertools
import math

import numpy as np

NAN = math.nan
JUMPS = {(0, 1): "rest_to_discharge", (0, -1): "rest_to_charge", (1, 0): "discharge_to_rest"}


def trend(cycle, capacity):
    """(cycle, capacity, reason, tail, dropped, faults)."""
    if cycle is None or capacity is None:
        return [], [], "no_trend", None, 0, []
    if len(cycle) != len(capacity):
        return [], [], "length_mismatch", None, 0, []
    pairs = [(x, y) for x, y in zip(cycle, capacity, strict=True) if math.isfinite(x) and math.isfinite(y)]
    dropped, faults = len(cycle) - len(pairs), []
    if not pairs:
        return [], [], "no_trend", None, dropped, faults
    numbers = [x for x, _ in pairs]
    if numbers != sorted(numbers):
        faults.append("unsorted")
    pairs.sort()
    if len(set(numbers)) < len(numbers):
        faults.append("repeated")
        pairs = sorted(set(pairs))
    used = [place for place, (_, y) in enumerate(pairs) if y != 0.0]
    if used and any(y == 0.0 for _, y in pairs[: used[-1]]):
        faults.append("zero")
        pairs = [pair for place, pair in enumerate(pairs) if pair[1] != 0.0 or not used[0] < place < used[-1]]
    x, y = np.array(pairs).T
    reason = unusable(x, y, faults)
    if reason:
        return [], [], reason, None, dropped, faults
    tail = None
    if len(y) >= 3 and y[-1] < 0.5 * y[-2]:
        faults.append("last_cut")
        tail = "last_cycle_cut"
    if max(later - earlier for at, later in enumerate(y) for earlier in y[: at + 1]) > 0.05 * y[0]:
        faults.append("recovers")
    return x, y, None, tail, dropped, faults


def unusable(x, y, faults):
    if len(set(x)) < len(x):
        return "repeated_cycle"
    if y.min() < 0.0:
        faults.append("negative")
        return "negative_capacity"
    if y[0] == 0.0:
        return "no_first_capacity"
    if len(y) >= 3 and y[0] < 0.8 * np.median(y[1:6]):
        faults.append("first_cut")
        return "first_cycle_cut"
    return None


def line(x, y):
    """(slope, x where the line is at a height), or a reason."""
    if len(x) < 2:
        return "too_few_points"
    if len(set(x)) == 1:
        return "one_cycle_number"
    slope = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
    return slope, lambda height: x.mean() + (height - y.mean()) / slope


def life(x, y, reason, *, end_of_life, cap):
    if reason or len(x) < 2:
        return NAN, reason or "too_few_points", None
    limit = end_of_life * y[0]
    for at, capacity in enumerate(y):
        if capacity <= limit:
            recovers = max(y[at:]) > limit + 0.01 * y[0]
            return (NAN, "capacity_recovers", None) if recovers else (x[at], None, "measured")
    half = len(x) // 2
    found = line(x[half:], y[half:])
    if isinstance(found, str):
        return NAN, found, None
    slope, solve = found
    if slope >= 0.0 or solve(limit) > cap:
        return cap, None, "censored"
    return (x[-1], None, "floored") if solve(limit) < x[-1] else (solve(limit), None, "projected")


def projection(x, y, share, *, end_of_life, cap):
    if life(x, y, None, end_of_life=end_of_life, cap=cap)[2] != "measured":
        return NAN
    cut = next((at for at, capacity in enumerate(y) if capacity <= share * y[0]), None)
    value, _, status = life(x[: cut + 1], y[: cut + 1], None, end_of_life=end_of_life, cap=cap)
    return NAN if status == "measured" else value


def fade(x, y, reason):
    found = reason or line(x, y)
    return (NAN, found) if isinstance(found, str) else (found[0], None)


def trace(time, voltage, current, *, rest_threshold):
    """(samples of time, voltage, current and phase, reason)."""
    if time is None or voltage is None or current is None:
        return [], "no_cycle"
    if not len(time) == len(voltage) == len(current):
        return [], "length_mismatch"
    samples = [row for row in zip(time, voltage, current, strict=True) if all(map(math.isfinite, row))]
    if not samples:
        return [], "empty_cycle"
    least = rest_threshold * max(abs(i) for _, _, i in samples)
    return [(t, v, i, int(np.sign(i)) if abs(i) >= least else 0) for t, v, i in samples], None


def resistance(samples, reason, sign, *, strict):
    if reason or not sign:
        return NAN, reason or "sign_undecided", None, NAN
    first = {}
    for (_, v0, i0, p0), (_, v1, i1, p1) in itertools.pairwise(samples):
        if p0 != p1 and (method := JUMPS.get((sign * p0, sign * p1))):
            first.setdefault(method, ((v0 - v1) / (sign * (i1 - i0)), v0))
    method = next((name for name in JUMPS.values() if name in first), None)
    if strict and method != "rest_to_discharge":
        return NAN, "no_rest_to_discharge", None, NAN
    if method is None:
        return NAN, "no_jump", None, NAN
    value, voltage = first[method]
    return (value, None, method, voltage) if value > 0.0 else (NAN, "not_positive", method, voltage)


def voltage(samples, reason, sign):
    discharge = [v for _, v, _, phase in samples if sign and phase == sign]
    if reason or not sign or not discharge:
        return NAN, reason or ("no_discharge" if sign else "sign_undecided")
    return np.mean(discharge), None


def voltage_by_time(samples, reason, sign):
    lacking = voltage(samples, reason, sign)[1]
    if lacking:
        return NAN, lacking
    steps = [
        (t1 - t0, (v0 + v1) / 2) for (t0, v0, _, p0), (t1, v1, _, p1) in itertools.pairwise(samples) if p0 == p1 == sign
    ]
    if any(step < 0.0 for step, _ in steps):
        return NAN, "time_runs_back"
    duration = sum(step for step, _ in steps)
    return (sum(step * v for step, v in steps) / duration, None) if duration else (NAN, "no_duration")


def vote(samples):
    pairs = itertools.pairwise(samples)
    return -int(np.sign(sum((v1 - v0) * p0 for (_, v0, _, p0), (_, v1, _, p1) in pairs if p0 == p1)))
