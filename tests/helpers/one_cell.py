"""The target functions for one cell: batches of one, with reasons and statuses as words."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from poregrove.pipelines.targets import backtest, capacity, cell, cycle_life, dcir, fade, retention, sign, trace, trend
from poregrove.pipelines.targets import voltage as voltages
from poregrove.pipelines.targets.lists import NumberLists
from poregrove.pipelines.targets.outcome import REASONS
from poregrove.schema import CYCLE_LIFE_STATUSES, DCIR_METHODS


def reason_of(codes):
    return named(codes, REASONS)


def named(codes, names):
    (code,) = codes.tolist()
    return names[code - 1] if code else None


def only(outcomes):
    """The value, reason, status, method and voltage of the one row."""
    found = SimpleNamespace(value=float(outcomes.value[0]), reason=reason_of(outcomes.reason))
    if isinstance(outcomes, cycle_life.Lives):
        found.status = named(outcomes.status, CYCLE_LIFE_STATUSES)
    if isinstance(outcomes, dcir.Resistances):
        found.method, found.voltage = named(outcomes.method, DCIR_METHODS), float(outcomes.voltage[0])
    return found


def lists(values):
    return NumberLists.of([None if values is None else np.asarray(values, float)])


@dataclass(frozen=True)
class OneTrend:
    batch: trend.Trends

    def __len__(self):
        return int(self.batch.points.lengths[0])

    @property
    def faults(self):
        return tuple(fault for fault, rows in self.batch.faults.items() if rows[0])

    @property
    def reason(self):
        return reason_of(self.batch.reason)

    @property
    def tail(self):
        return reason_of(self.batch.tail)

    @property
    def no_end(self):
        return reason_of(self.batch.no_end)

    @property
    def dropped(self):
        return int(self.batch.dropped[0])

    @property
    def last_cycle(self):
        return float(self.batch.last_cycle[0])

    @property
    def cycle(self):
        return self.batch.cycle

    @property
    def capacity(self):
        return self.batch.capacity


def read_trend(cycle, capacity):
    return OneTrend(trend.read_trends(lists(cycle), lists(capacity)))


def read_trace(time, voltage, current, *, rest_threshold):
    return trace.read_traces(lists(time), lists(voltage), lists(current), rest_threshold=rest_threshold)


def no_trace(reason):
    return trace.no_traces(1, reason)


def life(one, **rule):
    return only(cycle_life.cycle_lives(one.batch, **rule))


def projections(one, **rule):
    lives = cycle_life.cycle_lives(one.batch, **rule)
    return tuple(float(values[0]) for values in backtest.cut_projections(one.batch, lives, **rule))


def fade_rate(one):
    return only(fade.capacity_fade_rates(one.batch))


def retained(one):
    return only(retention.capacity_retentions(one.batch))


def nominal(one):
    return only(capacity.nominal_capacities(one.batch))


def resistance(traces, sign, *, strict):
    return only(dcir.initial_dcir(traces, sign, strict=strict))


def mean_voltage(traces, sign):
    return only(voltages.mean_discharge_voltages(traces, sign))


def mean_voltage_by_time(traces, sign):
    return only(voltages.mean_discharge_voltages_by_time(traces, sign))


def vote(traces):
    return int(sign.sign_votes(traces)[0])


def cell_of(one, traces, sign, settings):
    return cell.cell_targets(one.batch, traces, sign, settings)
