"""Time left and share done of tasks of unequal length, by a clock of the test's own."""

import io
import logging
from dataclasses import dataclass

import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.execution.bars import Bar, Lines
from poregrove.pipelines.execution.durations import in_words, seconds_of
from poregrove.pipelines.execution.local import LocalEngine
from poregrove.pipelines.execution.pace import Pace, Weight
from poregrove.pipelines.execution.parallel import parallel_map


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self):
        return self.now


def test_progress_moves_by_the_time_that_tasks_take_and_not_by_their_number():
    """One long task and many short ones, on one worker, as expected: after a third of the time a third is done."""
    clock = Clock()
    pace = Pace([Weight(60.0), *[Weight(1.0)] * 60], 1, clock=clock)
    assert (pace.share, pace.left) == (0.0, 120.0)
    clock.now += 40
    assert pace.share == pytest.approx(1 / 3)
    clock.now += 20
    pace.finished(0, 60.0)
    assert pace.share == pytest.approx(0.5)
    assert pace.left == pytest.approx(60.0)
    for number in range(1, 61):
        clock.now += 1
        pace.finished(number, 1.0)
        assert pace.share == pytest.approx((60 + number) / 120)
    assert (pace.share, pace.left) == (1.0, 0.0)


def test_a_kind_that_takes_longer_than_expected_is_expected_to_go_on_like_that():
    """The slow kind took three times as long: what is left of it counts threefold, the other kind as expected."""
    clock = Clock()
    pace = Pace([*[Weight(10.0, "slow")] * 50, *[Weight(10.0, "true")] * 50], 1, clock=clock)
    for number in range(25):
        for kind, seconds in ((0, 30.0), (50, 10.0)):
            clock.now += seconds
            pace.finished(kind + number, seconds)
    assert pace.left == pytest.approx(25 * 30 + 25 * 10, rel=0.05)
    assert pace.share == pytest.approx(0.5, abs=0.02)


def test_the_share_never_falls_and_the_end_is_never_told_too_early():
    clock, shares = Clock(), []
    pace = Pace([Weight(1.0)] * 20, 2, clock=clock)
    for number in range(20):  # ten times slower than expected, and slower and slower
        for _ in range(5 + number):
            clock.now += 1
            shares.append(pace.share)
        pace.finished(number, 2.0 * (5 + number))
        shares.append(pace.share)
    assert shares == sorted(shares)
    assert max(shares[:-1]) < 1.0
    assert shares[-1] == 1.0


def test_the_longest_task_bounds_what_many_workers_need():
    pace = Pace([Weight(60.0), *[Weight(1.0)] * 4], 64, clock=Clock())
    assert pace.left == 60.0


def told(items, workers, weights):
    seen, followed = [], []

    class Seen:
        def __call__(self, done, total):
            seen.append((done, total))

        def follow(self, pace):
            followed.append(pace)

    assert parallel_map(abs, items, workers=workers, progress=Seen(), weights=weights) == [abs(item) for item in items]
    assert seen == [(done, len(items)) for done in range(1, len(items) + 1)]
    return followed


@pytest.mark.parametrize("workers", [1, 2])
def test_an_engine_counts_every_task_into_the_pace(workers):
    (pace,) = told([-1, -2, 3, 4], LocalEngine(workers), [Weight(1.0)] * 4)
    assert (pace.share, pace.left) == (1.0, 0.0)
    assert told([-1, 2], workers, None) == []


def test_lines_of_a_pipe_say_what_is_left(caplog):
    clock = Clock()
    lines = Lines("comparing", "job group", clock=clock)
    pace = Pace([Weight(100.0), Weight(200.0)], 1, clock=clock)
    lines.follow(pace)
    with caplog.at_level(logging.INFO):
        clock.now += 100
        pace.finished(0, 100.0)
        lines(1, 2)
        clock.now += 200
        pace.finished(1, 200.0)
        lines(2, 2)
    assert caplog.messages == [
        "comparing: 1 of 2 job groups, 100 s, about 3 min left",
        "comparing: 2 of 2 job groups, 300 s",
    ]


def test_lines_without_a_pace_take_items_for_alike(caplog):
    clock = Clock()
    lines = Lines("describing", "volume", clock=clock)
    with caplog.at_level(logging.INFO):
        clock.now += 20
        lines(10, 40)
    assert caplog.messages == ["describing: 10 of 40 volumes, 20 s, about 60 s left"]


def test_a_bar_moves_by_the_pace():
    from tqdm import tqdm

    clock = Clock()
    with tqdm(file=io.StringIO()) as drawn:
        bar = Bar(drawn, "comparing", "job group")
        pace = Pace([Weight(30.0), Weight(10.0)], 1, clock=clock)
        bar.follow(pace)
        clock.now += 30
        pace.finished(0, 30.0)
        bar(1, 2)
        bar.end()
        assert (drawn.n, drawn.total) == (75.0, 100.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h", 28_800), ("30m", 1_800), ("1h30m", 5_400), ("90s", 90), ("1.5h", 5_400), ("2d", 172_800)],
)
def test_a_duration_is_read(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "h", "-3h", "0s", "eight hours", "30m1h", "1e3s", "inf"])
def test_what_is_no_duration_is_refused_with_what_is_expected(text):
    with pytest.raises(SettingsError, match="--budget expects a duration above 0, as in 8h, 30m, 1h30m or 90s"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.3, "0.3 s"), (45, "45 s"), (150, "2 min"), (5_000, "83 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")],
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words
