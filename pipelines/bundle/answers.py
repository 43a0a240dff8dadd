"""Predictions for n rows of a query as a table, and the warnings about them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...array_types import Float64, Ints
from ...schema import MAIN_REGIMES
from ..training.conformal import TOO_FEW_GROUPS
from .intervals import NOT_COMPARED

log = logging.getLogger(__name__)


UNREADABLE, NOT_PERCOLATING, SCALAR_MISSING = "unreadable_volume", "not_percolating", "scalar_missing"
NOT_FINITE = "not_finite"
REASONS = (UNREADABLE, NOT_PERCOLATING, SCALAR_MISSING, NOT_FINITE, NOT_COMPARED, TOO_FEW_GROUPS)
"""Reasons for a NaN value, or else NaN bounds: nothing to describe, no pore path, an input without a value, a model
whose answer is no finite number, no residuals of this or a stricter regime, too few groups for the level."""
NONE = -1
_NAMES_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Answer:
    """One target: float64[n] each, positions in ``MAIN_REGIMES``, in ``REASONS`` and in ``models`` (-1: none)."""

    y: Float64
    lo: Float64
    hi: Float64
    regime: NDArray[np.int8]
    reason: NDArray[np.int8]
    answered: NDArray[np.int8]
    models: tuple[tuple[str, str], ...]
    """Names of the models and of their feature sets."""

    def take(self, rows: Ints) -> Answer:
        """The answers at some positions."""
        return replace(
            self,
            y=self.y[rows],
            lo=self.lo[rows],
            hi=self.hi[rows],
            regime=self.regime[rows],
            reason=self.reason[rows],
            answered=self.answered[rows],
        )


@dataclass(frozen=True, eq=False)
class Answers:
    """Predictions of all targets for n rows, with the regime, ranges and distance of each row."""

    filename: NDArray[np.object_]
    volume_digest: NDArray[np.object_]
    design_digest: NDArray[np.object_]
    reason: NDArray[np.object_]
    regime: NDArray[np.int8]
    outside: NDArray[np.object_]
    distance: Float64
    distant: NDArray[np.bool_]
    targets: Mapping[str, Answer]

    def frame(self) -> pd.DataFrame:
        """One row a query row: keys, regime, outside, distance; then seven columns a target.

        A target's value and bounds, the model and the feature set that answered, the regime that the bounds come from, and
        the reason where something is missing.
        """
        columns: dict[str, object] = {
            "filename": pd.array(self.filename, dtype="str"),
            "volume_digest": pd.array(self.volume_digest, dtype="str"),
            "design_digest": pd.array(self.design_digest, dtype="str"),
            "reason": pd.array(self.reason, dtype="str"),
            "regime": _words(self.regime, MAIN_REGIMES),
            "outside": pd.array(self.outside, dtype="str"),
            "distance": self.distance,
            "distant": self.distant,
        }
        for name, answer in self.targets.items():
            columns |= {
                name: answer.y,
                f"{name}_lo": answer.lo,
                f"{name}_hi": answer.hi,
                f"{name}_model": _words(answer.answered, tuple(model for model, _ in answer.models)),
                f"{name}_features": _words(answer.answered, tuple(features for _, features in answer.models)),
                f"{name}_regime": _words(answer.regime, MAIN_REGIMES),
                f"{name}_reason": _words(answer.reason, REASONS),
            }
        return pd.DataFrame(columns)

    def warn(self) -> None:
        """Log the number of rows outside the training range."""
        n = len(self.filename)
        names = Counter(name for text in self.outside if text for name in text.split(";"))
        if names:
            shown = ", ".join(name for name, _ in names.most_common(_NAMES_SHOWN))
            more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
            rows = sum(bool(text) for text in self.outside)
            log.warning("%d of %d rows lie outside the training range, in %s%s", rows, n, shown, more)
        if self.distant.any():
            log.warning(
                "%d of %d rows have a volume unlike those of training (distance up to %.3g)",
                int(self.distant.sum()),
                n,
                float(np.nanmax(self.distance[self.distant])),
            )


def _words(codes: NDArray[np.int8], words: tuple[str, ...]) -> pd.Categorical[str]:
    """Words by their positions; a word may stand at several."""
    distinct = list(dict.fromkeys(words))
    places = np.array([*(distinct.index(word) for word in words), NONE], np.int8)
    return pd.Categorical.from_codes(places[codes], pd.Index(distinct))
