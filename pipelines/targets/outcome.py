"""Result of every target function: a number, or NaN with the reason for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """A target's value; NaN exactly where there is a reason."""

    value: float
    reason: Reason | None = None


def defined(value: float) -> Outcome:
    """The value; NaN with its reason where the arithmetic left the range of numbers."""
    return Outcome(value) if math.isfinite(value) else undefined(Reason.OUT_OF_RANGE)


def undefined(reason: Reason) -> Outcome:
    """NaN with its reason."""
    return Outcome(math.nan, reason)
