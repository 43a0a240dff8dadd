"""Result of every target function: a number for each row, or NaN with the reason for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float64, Mask, UInt8


class Reason(StrEnum):
    """Reason why a target is NaN; tables hold the value, ``meaning`` explains it."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Keep the meaning beside the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    FAILED = "failed", "the simulation of this row failed"
    NOT_SIMULATED = "not_simulated", "no cell was simulated for this row"
    COLUMN_MISSING = "column_missing", "the data set has no column for it"
    MISSING = "missing", "the data set's own value is null or NaN"

    NO_TREND = "no_trend", "the capacity trend is null, empty or without a finite pair"
    LENGTH_MISMATCH = "length_mismatch", "lists that belong together differ in length"
    TOO_FEW_POINTS = "too_few_points", "fewer than two points, through which no line goes"
    ONE_CYCLE_NUMBER = "one_cycle_number", "all points of the line have the same cycle number"
    NO_FIRST_CAPACITY = "no_first_capacity", "the first capacity is not positive, so nothing is a share of it"

    REPEATED_CYCLE = "repeated_cycle", "a cycle number is there twice with different capacities, so no order is known"
    NEGATIVE_CAPACITY = "negative_capacity", "the trend holds a negative capacity, whose sign nothing explains"
    FIRST_CYCLE_CUT = "first_cycle_cut", "the first capacity is far below those that follow: its cycle was cut short"
    LAST_CYCLE_CUT = "last_cycle_cut", "the last capacity is less than half of the one before: its cycle was cut short"
    CAPACITY_RECOVERS = "capacity_recovers", "the capacity falls to the limit and then recovers, so no cycle is the end"

    NO_CYCLE = "no_cycle", "the first cycle is null"
    EMPTY_CYCLE = "empty_cycle", "the first cycle has no sample with finite time, voltage and current"
    INVALID_JSON = "invalid_json", "the text is no JSON object with lists of numbers, or no list of them"
    SIGN_UNDECIDED = "sign_undecided", "the data set does not tell which sign of the current is discharge"
    NO_DISCHARGE = "no_discharge", "the first cycle has no discharge"
    NO_DURATION = "no_duration", "the discharge takes no time"
    TIME_RUNS_BACK = "time_runs_back", "time decreases within the discharge"
    NO_JUMP = "no_jump", "the current never jumps from or to rest in a way that gives a resistance"
    NO_REST_TO_DISCHARGE = "no_rest_to_discharge", "no jump from rest to discharge, and no other was allowed"
    NOT_POSITIVE = "not_positive", "the jump gives a resistance that is not positive"

    INVALID_TAU = "invalid_tau", "the tortuosity factor is infinite or below 0.999"
    INVALID_POROSITY = "invalid_porosity", "the porosity is not between 0 and 1"
    INVALID_D_EFF = "invalid_d_eff", "the relative diffusivity is not above 0 and at most the porosity"
    NOT_FINITE = "not_finite", "the data set's own value is infinite"
    OUT_OF_RANGE = "out_of_range", "the numbers are too large or too small for a result"
    NO_VALID_TAU = "no_valid_tau", "it needs a valid tortuosity factor"
    NO_VALID_POROSITY = "no_valid_porosity", "it needs a valid porosity"


REASONS = tuple(Reason)
NO_REASON = 0
"""Code of a value that is defined; reason i of ``REASONS`` has the code i + 1."""
_CODES = {reason: code for code, reason in enumerate(REASONS, 1)}


@dataclass(frozen=True, eq=False)
class Outcomes:
    """A target's value in each of n rows, float64[n], NaN exactly where ``reason``, uint8[n], is not ``NO_REASON``."""

    value: Float64
    reason: UInt8

    def __len__(self) -> int:
        return len(self.value)

    @property
    def defined(self) -> Mask:
        """Whether each row has a value."""
        defined: Mask = self.reason == NO_REASON
        return defined


Rule = tuple[Mask | np.bool_ | bool, Reason | UInt8]
"""Rows that a rule strikes, and the reason: one for all of them, or a code a row (``NO_REASON`` strikes none)."""


def outcomes(value: Float64, *rules: Rule) -> Outcomes:
    """The values without those that a rule strikes; what is not finite then left the range of numbers."""
    reason = first_reason(len(value), *rules, (~np.isfinite(value), Reason.OUT_OF_RANGE))
    return Outcomes(np.where(reason == NO_REASON, value, np.nan), reason)


def undefined(n: int, reason: Reason) -> Outcomes:
    """Outcomes of n rows without a value, all for one reason."""
    return Outcomes(np.full(n, np.nan), np.full(n, code(reason), np.uint8))


def first_reason(n: int, *rules: Rule) -> UInt8:
    """Code of the first rule that strikes each of n rows."""
    found = np.zeros(n, np.uint8)
    for struck, reason in rules:
        codes = _CODES[reason] if isinstance(reason, Reason) else reason
        found = np.where((found == NO_REASON) & struck, codes, found).astype(np.uint8)
    return found


def code(reason: Reason) -> int:
    """The code of a reason."""
    return _CODES[reason]


def words(codes: UInt8, names: Sequence[str] = REASONS) -> NDArray[Any]:
    """The name of each code, object[n]: ``names[code - 1]``, None where the code is 0."""
    named: NDArray[Any] = np.array([None, *map(str, names)], object)[codes]
    return named
