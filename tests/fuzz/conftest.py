"""Setup of all fuzz targets: the number of cases, ways to spoil valid files, and limits on every case.

``make test`` runs 500 cases over all targets, always the same ones; the slow versions run 10,000, each
time others. POREGROVE_FUZZ_CASES sets another number for both.
"""

import logging
import os
import signal
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from poregrove.errors import PoregroveError

SHORT, LONG = 500, 10_000
SECONDS = 10.0
"""No case may take longer on the processor; hypothesis would only look at its end, and at the clock on the wall."""
MEGABYTES = 400
"""No case may take more, whatever a file claims to hold."""
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

ODD_NUMBERS = (0, 1, 2, 7, 255, 256, 65_535, 2**31 - 1, 2**31, 2**32 - 1)


@dataclass(frozen=True)
class Cases:
    """The settings of one run of a target."""

    total: int
    always_the_same: bool

    def settings(self, share):
        """Hypothesis settings for a target that gets this share of all cases."""
        return settings(
            max_examples=max(1, round(share * self.total)),
            derandomize=self.always_the_same,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )


@pytest.fixture(params=[pytest.param("short"), pytest.param("long", marks=pytest.mark.slow)])
def cases(request):
    number = {"short": SHORT, "long": LONG}[request.param]
    return Cases(int(os.environ.get("POREGROVE_FUZZ_CASES", number)), request.param == "short")


@pytest.fixture(autouse=True)
def _quiet():
    """Libraries log what they think of spoilt files, thousands of times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _peak():
    """The largest resident size in MB since it was last cleared; 0 where the system does not tell."""
    if not STATUS.exists():
        return 0
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def _hangs(_signal, _frame):
    # not an Exception, so that no reader takes it for the damage of a file
    pytest.fail(f"more than {SECONDS:g} s of processor time")


@contextmanager
def _harmless(folder):
    """A case: only the project's own errors may come out of it, soon, with little memory and no new file."""
    before = sorted(folder.rglob("*"))
    if CLEAR.exists():
        CLEAR.write_text("5")
    memory = _peak()
    signal.signal(signal.SIGVTALRM, _hangs)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    except PoregroveError as error:
        said = str(error).strip()
    else:
        said = "nothing wrong"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    assert said
    assert _peak() - memory < MEGABYTES
    assert sorted(folder.rglob("*")) == before


@pytest.fixture
def harmless() -> Callable:
    return _harmless


@dataclass(frozen=True)
class Edit:
    """One way to spoil some bytes; places and lengths are taken modulo what there is."""

    kind: str
    place: int
    number: int
    width: int

    def apply(self, content, *, places, other):
        """``places`` are offsets worth hitting, ``other`` bytes to splice from."""
        if not content:
            return content
        at = self.place % len(content)
        if self.kind == "number" and places:
            at = places[self.place % len(places)] % len(content)
        before, after, size = content[:at], content[at:], 1 + self.number % 64
        start = self.number % max(1, len(other))
        return (
            before
            + {
                "flip": bytes([after[0] ^ (1 + self.number % 255)]) + after[1:],
                "cut": b"",
                "drop": after[size:],
                "repeat": after[:size] + after,
                "splice": other[start : start + size] + after[size:],
                "number": (self.number % 2 ** (8 * self.width)).to_bytes(self.width, "little") + after[self.width :],
            }[self.kind]
        )


KINDS = ("number",) * 5 + ("flip",) * 3 + ("splice",) * 2 + ("cut", "drop", "repeat")
"""Mostly those that leave the rest of a file where it was."""

EDITS = st.builds(
    Edit,
    kind=st.sampled_from(KINDS),
    place=st.integers(0, 2**20),
    number=st.one_of(st.sampled_from(ODD_NUMBERS), st.integers(0, 2**32 - 1)),
    width=st.sampled_from((1, 2, 4, 8)),
)


@pytest.fixture(scope="session")
def spoilt() -> Callable:
    """A strategy: one of some valid contents with up to three edits; ``places`` gives offsets worth hitting."""

    def strategy(contents, places=lambda _content: ()):
        known = [(content, tuple(places(content))) for content in contents]

        def spoil(which, other, edits):
            content, offsets = known[which]
            for edit in edits:
                content = edit.apply(content, places=offsets, other=known[other][0])
            return content

        numbers = st.integers(0, len(known) - 1)
        return st.builds(spoil, numbers, numbers, st.lists(EDITS, min_size=1, max_size=3))

    return strategy
