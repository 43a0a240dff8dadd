"""Batches of odd and sound cells give what the definitions, written down row by row, give for each."""

import numpy as np
import pytest
import targets_by_row as by_row

from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.targets.backtest import SHARES
from poregrove.pipelines.targets.cell import cell_targets
from poregrove.pipelines.targets.lists import NumberLists, Segments
from poregrove.pipelines.targets.outcome import REASONS, words
from poregrove.pipelines.targets.sign import sign_votes
from poregrove.pipelines.targets.trace import read_traces
from poregrove.pipelines.targets.trend import read_trends
from poregrove.schema import CYCLE_LIFE_STATUSES, DCIR_METHODS

ROWS = 1200
REST = 0.01


def changed(values, place, value):
    values = values.copy()
    values[place] = value
    return values


def shuffled(cycle, capacity, random):
    order = random.permutation(len(cycle))
    return cycle[order], capacity[order]


SPOILS = (
    lambda x, y, _: (x, y),
    lambda x, y, random: (changed(x, random.integers(len(x)), random.integers(1, len(x) + 1)), y),
    shuffled,
    lambda x, y, _: (np.tile(x, 2), np.tile(y, 2)),
    lambda x, y, random: (x, changed(y, random.integers(0, len(x), 2), 0.0)),
    lambda x, y, random: (x, changed(y, random.integers(0, len(x), 2), np.nan)),
    lambda x, y, _: (x, changed(y, 0, 0.5 * y[0])),
    lambda x, y, _: (x, changed(y, -1, 0.3 * y[-1])),
    lambda x, y, _: (x, -y),
    lambda x, y, _: (x, np.round(y, 1)),
)


def odd_trend(random):
    n = int(random.integers(0, 30))
    cycle = np.arange(1.0, n + 1)
    capacity = 5.0 - 0.05 * random.choice([0.0, 0.2, 1.0, 3.0]) * np.arange(n)
    capacity += random.normal(0.0, random.choice([0.0, 0.01, 0.3]), n)
    spoil = random.choice(SPOILS) if n else SPOILS[0]
    cycle, capacity = spoil(cycle, capacity, random)
    gone = random.random()
    return (cycle, None) if gone < 0.03 else (cycle, capacity[:-1]) if gone < 0.06 else (cycle, capacity)


def odd_trace(random):
    n = int(random.integers(0, 14))
    current = random.choice([0.0, 0.0, 5.0, -5.0, 0.01], n)
    current = np.sort(current) if random.random() < 0.6 else current
    voltage = 4.0 - 0.02 * current + random.normal(0.0, 0.1, n)
    time = np.cumsum(random.random(n))
    time = time[::-1] if random.random() < 0.1 else time
    voltage[random.random(n) < random.choice([0.0, 0.0, 0.3])] = np.nan
    gone = random.random()
    return (
        (time, None, current)
        if gone < 0.03
        else (time, voltage[:-1], current)
        if gone < 0.06
        else (time, voltage, current)
    )


def close(found, expected):
    return found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.fixture(scope="module", params=[(1, "substitute"), (-1, "substitute"), (1, "strict"), (0, "substitute")])
def case(request):
    sign, dcir = request.param
    settings = TargetSettings(dcir=dcir)
    random = np.random.default_rng(5)
    trends, traces = [odd_trend(random) for _ in range(ROWS)], [odd_trace(random) for _ in range(ROWS)]
    batch = read_trends(*(NumberLists.of(lists) for lists in zip(*trends, strict=True)))
    cycles = read_traces(*(NumberLists.of(lists) for lists in zip(*traces, strict=True)), rest_threshold=REST)
    rows = [by_row.trend(*lists) for lists in trends], [by_row.trace(*lists, rest_threshold=REST) for lists in traces]
    return sign, settings, batch, cycles, *rows, cell_targets(batch, cycles, sign, settings)


def check(outcomes, expected, **further):
    reasons = words(outcomes.reason, REASONS)
    extra = [
        words(getattr(outcomes, name), names) if names else getattr(outcomes, name) for name, names in further.items()
    ]
    for row, one in enumerate(expected):
        value, reason, *rest = one
        assert reasons[row] == reason, row
        assert close(outcomes.value[row], value), row
        assert all(
            close(found[row], other) if isinstance(other, float) else found[row] == other
            for found, other in zip(extra, rest, strict=True)
        ), row


def test_trends(case):
    _, _, batch, _, rows, _, _ = case
    for row, (x, y, reason, tail, dropped, faults) in enumerate(rows):
        items = slice(*batch.points.offsets[row : row + 2])
        assert (batch.cycle[items].tolist(), batch.capacity[items].tolist()) == (list(x), list(y)), row
        assert (words(batch.reason)[row], words(batch.tail)[row], batch.dropped[row]) == (reason, tail, dropped), row
        assert [fault for fault, struck in batch.faults.items() if struck[row]] == faults, row
    assert {fault for row in rows for fault in row[5]} == set(batch.faults)  # each is among the rows


def test_lives_fade_and_ends(case):
    _, settings, _, _, rows, _, cells = case
    rule = {"end_of_life": settings.end_of_life, "cap": settings.life_cap}
    check(
        cells.projected_cycle_life,
        [by_row.life(x, y, reason or tail, **rule) for x, y, reason, tail, _, _ in rows],
        status=CYCLE_LIFE_STATUSES,
    )
    check(cells.capacity_fade_rate, [by_row.fade(x, y, reason or tail) for x, y, reason, tail, _, _ in rows])
    check(cells.nominal_capacity, [(np.nan, reason) if reason else (y[0], None) for _, y, reason, *_ in rows])
    ends = [
        (np.nan, reason or tail) if reason or tail else (100 * y[-1] / y[0], None) for _, y, reason, tail, *_ in rows
    ]
    check(cells.capacity_retention, ends)
    for share, found in zip(SHARES, cells.projections, strict=True):
        expected = [
            np.nan if reason or tail else by_row.projection(x, y, share, **rule) for x, y, reason, tail, _, _ in rows
        ]
        assert close(found.tolist(), expected)


def test_resistances_voltages_and_votes(case):
    sign, settings, _, cycles, _, rows, cells = case
    strict = settings.dcir == "strict"
    check(
        cells.initial_dcir,
        [by_row.resistance(*row, sign, strict=strict) for row in rows],
        method=DCIR_METHODS,
        voltage=None,
    )
    check(cells.mean_discharge_voltage, [by_row.voltage(*row, sign) for row in rows])
    check(cells.mean_discharge_voltage_time, [by_row.voltage_by_time(*row, sign) for row in rows])
    assert sign_votes(cycles).tolist() == [by_row.vote(samples) for samples, _ in rows]
    assert cycles.leading_rest.tolist() == [bool(samples) and samples[0][3] == 0 for samples, _ in rows]


def test_lists_of_every_length_with_empty_ones_at_the_ends():
    lists = [[], [3.0, 1.0, 2.0], [], [], [5.0], [2.0, 2.0], []]
    segments = Segments.of_lengths(np.array([len(one) for one in lists]))
    values = np.concatenate([*map(np.array, lists)]).astype(float)
    assert segments.total(values).tolist() == [sum(one) for one in lists]
    assert segments.highest(values).tolist() == [max(one, default=-np.inf) for one in lists]
    assert close(segments.first(values).tolist(), [one[0] if one else np.nan for one in lists])
    assert close(segments.last(values, before=1).tolist(), [one[-2] if len(one) > 1 else np.nan for one in lists])
    at_two = values == 2.0
    assert segments.first_position(at_two).tolist() == [-1, 2, -1, -1, -1, 4, -1]
    assert segments.last_position(at_two).tolist() == [-1, 2, -1, -1, -1, 5, -1]
    assert segments.count(at_two).tolist() == [0, 1, 0, 0, 0, 2, 0]
    assert segments.running_minimum(values).tolist() == [3.0, 1.0, 1.0, 5.0, 2.0, 2.0]
    assert segments.change(values).tolist() == [-2.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert np.diff(segments.keep(~at_two).offsets).tolist() == [0, 2, 0, 0, 1, 0, 0]
