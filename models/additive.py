"""Volume effect plus design effect plus mean: the best that ids alone can do without interaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.checks import checked_target, checked_weight
from .shared.group_means import seen

if TYPE_CHECKING:
    from ..array_types import Float64

TOLERANCE = 1e-10
"""Relative: well below what the float32 of a prediction resolves."""
MAX_ITERATIONS = 10_000


@dataclass(frozen=True, eq=False)
class FittedAdditive(NpzModel):
    """A mean and the effects by volume and by design position, NaN where not seen."""

    mean: Float64
    volume: Float64
    design: Float64

    def predict(self, rows: Rows) -> Prediction:
        """Mean + effects; ModelError for a volume or design that training has not seen."""
        effects = seen(self.volume, rows.volume, "volume") + seen(self.design, rows.design, "design")
        return Prediction((self.mean + effects).astype(np.float32))


@dataclass(frozen=True)
class Additive:
    """Two-way main effects by weighted least squares.

    On an incomplete crossing the effects are no plain means of rows: both are solved for at once
    (LSQR on the sparse dummy matrix). They are known up to a constant only, or more where the
    crossing falls into unconnected parts; LSQR from zero gives the solution of least norm.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="additive",
        label="volume + design",
        kind="trivial",
        meaning="mean + volume effect + design effect, by least squares",
        feature_sets=("none",),
        requires_seen_ids=frozenset({"volume", "design"}),
        reference="Paige & Saunders 1982, doi:10.1145/355984.355989",
    )
    fitted: ClassVar[type[Fitted]] = FittedAdditive

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedAdditive:
        """Solve for both kinds of effects at once."""
        from scipy.sparse import csr_array
        from scipy.sparse.linalg import lsqr

        target, share = checked_target(train), checked_weight(train.rows, train.weight)
        volume, design = train.rows.volume, train.rows.design
        if min(volume.min(), design.min()) < 0:
            raise ModelError("additive: training rows without a volume or a design have no effects")
        n, n_volumes, n_designs = len(train), int(volume.max()) + 1, int(design.max()) + 1
        root = np.sqrt(share)
        columns = np.stack([volume.astype(np.int64), design + np.int64(n_volumes)], axis=1)
        dummies = csr_array(
            (np.repeat(root, 2), columns.ravel(), np.arange(0, 2 * n + 1, 2)), shape=(n, n_volumes + n_designs)
        )
        mean = np.average(target, weights=share)
        effects, stop, iterations, *_rest = lsqr(
            dummies, root * (target - mean), atol=TOLERANCE, btol=TOLERANCE, conlim=0, iter_lim=MAX_ITERATIONS
        )
        if stop == _STOPPED_AT_LIMIT:
            raise ModelError(f"additive: least squares did not converge within {iterations} iterations")
        effects[np.bincount(columns.ravel(), np.repeat(share, 2), minlength=len(effects)) == 0] = np.nan
        return FittedAdditive(np.asarray(mean), effects[:n_volumes], effects[n_volumes:])


_STOPPED_AT_LIMIT = 7
