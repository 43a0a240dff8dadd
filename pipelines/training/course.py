"""How good a model was on its validation parts while it was trained: one short curve over all fits of a job."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

POINTS = 12
"""Points of a curve: enough to see whether it still rises, few enough to stand in every record."""

Course = Sequence[tuple[float, float]]
"""(seconds of training, score) in order."""


def mean_course(courses: Sequence[Course]) -> list[list[float]]:
    """(seconds, mean over the fits of the best score so far) at even steps of time; a fit that has ended keeps its best.

    The curve begins where every fit has a score, and ends where the last fit ends. No points without a score.
    """
    known = [np.asarray(course, np.float64) for course in courses if len(course)]
    if not known:
        return []
    first, last = max(one[0, 0] for one in known), max(one[-1, 0] for one in known)
    times = np.linspace(first, last, POINTS) if last > first else np.array([first])
    best = [np.maximum.accumulate(one[:, 1])[np.searchsorted(one[:, 0], times, side="right") - 1] for one in known]
    return [[round(float(t), 2), round(float(y), 3)] for t, y in zip(times, np.mean(best, axis=0), strict=True)]
