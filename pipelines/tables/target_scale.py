"""The scale on which a target is learned and scored, and the values that it can take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats
from ...schema import Scale


def usable(y: Floats, scale: Scale) -> NDArray[np.bool_]:
    """Mask of the rows where a target has a value on the scale: finite, and positive for a logarithm."""
    return np.isfinite(y) & (y > 0) if scale == "log" else np.isfinite(y)


def to_scale(y: Floats, scale: Scale) -> Floats:
    """Raw values on the scale; the logarithm of what is not positive is -inf or NaN, without a warning."""
    if scale == "raw":
        return y
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(y)


def from_scale(y: Floats, scale: Scale) -> Floats:
    """Values on the scale as raw values; inf where the exponential leaves float64."""
    if scale == "raw":
        return y
    with np.errstate(over="ignore"):
        return np.exp(y)
