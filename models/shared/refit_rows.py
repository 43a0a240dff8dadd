"""All training rows of a fold as one, for models that are fitted again once their tuning is done."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ...array_types import Float32
    from ..base import Rows, TrainingData


def concatenated(train: TrainingData, *others: TrainingData | None) -> TrainingData:
    """Training and other data of the same fold as one; the other rows weigh as the mean training row."""
    for other in others:
        if other is not None:
            train = _two(train, other)
    return train


def _two(train: TrainingData, valid: TrainingData) -> TrainingData:
    weight = train.weight
    if weight is not None:
        weight = np.concatenate([weight, np.full(len(valid), np.mean(weight))], dtype=np.float32)
    return replace(
        train,
        rows=_concatenated_rows(train.rows, valid.rows),
        y=np.concatenate([train.y, valid.y]),
        upper=_concatenated_upper(train, valid),
        weight=weight,
    )


def _concatenated_rows(train: Rows, valid: Rows) -> Rows:
    """Made once for all targets of a fold. The stored pair keeps ``valid`` alive, so that its id stays its own."""
    pair: tuple[Rows, Rows] = train.prepared(("concatenated", id(valid)), lambda: (valid, train.append(valid)))
    return pair[1]


def _concatenated_upper(train: TrainingData, valid: TrainingData) -> Float32 | None:
    """Upper bounds of both; a part without any is known to its end."""
    if train.upper is None and valid.upper is None:
        return None
    return np.concatenate([part.y if part.upper is None else part.upper for part in (train, valid)])


def weight_key(weight: Float32 | None) -> Hashable:
    """Key of weights for ``Rows.prepared``."""
    return None if weight is None else hashlib.sha256(np.ascontiguousarray(weight).tobytes()).hexdigest()
