"""Training and validation rows as one, for models that are fitted again once their tuning is done."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ..base import Float32, Rows


def together(train: Rows, valid: Rows) -> Rows:
    """Training and validation rows as one, made once for all targets of a fold.

    The stored pair keeps ``valid`` alive, so that its id stays its own.
    """
    pair: tuple[Rows, Rows] = train.prepared(("together", id(valid)), lambda: (valid, train.append(valid)))
    return pair[1]


def weight_key(weight: Float32 | None) -> Hashable:
    """Something to tell weights apart by in a key of ``Rows.prepared``."""
    return None if weight is None else hashlib.sha256(np.ascontiguousarray(weight).tobytes()).hexdigest()


def joined_weight(valid: Rows, weight: Float32 | None) -> Float32 | None:
    """Training weights, then those of the validation rows, which weigh as the mean training row."""
    if weight is None:
        return None
    return np.concatenate([weight, np.full(len(valid), np.mean(weight))], dtype=np.float32)
