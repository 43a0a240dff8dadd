"""Intervals of final models from the out-of-fold residuals of the regime that matches a query.

The half width at level a is the quantile of |residual| on the learned scale in which every group
weighs 1 / (G + 1), whatever its number of rows, and the rest lies at infinity: the pooled bound of
Dunn, Wasserman and Ramdas 2022 (doi:10.1080/01621459.2022.2060112) for a row of a new group. It is
finite where G / (G + 1) >= a, so 90 % needs 9 groups. A group is what the regime makes new: a row
(R1), a volume group (R2), a design group (R3). For R4, new in both ways, the wider of the two bounds
is taken and none is guaranteed. Residuals come from models that were fitted on part of the rows; the
final model has seen them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schema import BUILT_IN, MAIN_REGIMES, REGIME_BY_NAME, Contract
from ..scoring.losses import ScoredRows
from ..splits.splits import HELD_OUT
from ..tables.target_scale import to_scale
from ..training.conformal import group_quantile
from ..training.job import Job
from ..training.job_folds import fold_regime
from ..training.predictions import read_predictions

LEVELS = (0.5, 0.8, 0.9, 0.95)
NOT_COMPARED = "regime_not_compared"


@dataclass(frozen=True)
class Residuals:
    """Half widths of one model's intervals under one regime, on the learned scale, by level in words.

    ``n_groups`` counts the groups of the dimension that has fewest; a level that they do not suffice
    for has no half width.
    """

    target: str
    model: str
    features: str
    regime: str
    n_rows: int
    n_groups: int
    half_width: Mapping[str, float | None]

    def at(self, level: float) -> float:
        """The half width at a level; NaN where the groups do not suffice."""
        width = self.half_width[level_name(level)]
        return float("nan") if width is None else width


def level_name(level: float) -> str:
    """A level as a key of JSON objects."""
    return f"{level:g}"


def residuals(run_dir: Path, job: Job, truth: ScoredRows, contract: Contract = BUILT_IN) -> Residuals:
    """The half widths that the predictions of a job support."""
    predictions = read_predictions(job.file(run_dir))
    position = np.searchsorted(truth.row, predictions["row"])
    scale = contract.target(job.target).scale
    error = np.abs(to_scale(predictions["y_pred"].astype(np.float64), scale) - to_scale(truth.y, scale)[position])
    by: dict[str, NDArray[Any]] = {
        "row": position,
        "volume": truth.volume_group[position],
        "design": truth.design_group[position],
    }
    groups = [by[dimension] for dimension in HELD_OUT[fold_regime(job, contract)]]
    widths = {level_name(level): max(group_quantile(error, group, level) for group in groups) for level in LEVELS}
    return Residuals(
        target=job.target,
        model=job.model,
        features=job.features,
        regime=job.regime,
        n_rows=len(np.unique(position)),
        n_groups=min(len(np.unique(group)) for group in groups),
        half_width={name: width if np.isfinite(width) else None for name, width in widths.items()},
    )


def matching(regime: str, compared: Sequence[str]) -> str | None:
    """The regime whose model and residuals serve a query of a regime: itself, else the next stricter one there is."""
    seen = REGIME_BY_NAME[regime].seen
    return next((name for name in MAIN_REGIMES if name in compared and REGIME_BY_NAME[name].seen <= seen), None)
