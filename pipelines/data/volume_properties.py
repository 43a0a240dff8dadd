"""Properties of volumes that a data set states: the Parquet columns, with the label table laid over them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...array_types import Float64
from ..targets.volume import VolumeProperties
from .dataset import Block
from .labels import Labels
from .ragged import numbers

RAW_COLUMNS = ("tau_factor_raw", "porosity_raw", "d_eff_raw", "bruggeman_raw")


def raw_columns(n: int, given: VolumeProperties) -> Mapping[str, Float64]:
    """The quantities of n rows as columns of the table of observations, NaN where there is none."""
    columns = (given.tau_factor, given.porosity, given.d_eff, given.bruggeman)
    nothing = np.full(n, np.nan)
    return dict(zip(RAW_COLUMNS, (nothing if values is None else values for values in columns), strict=True))


def volume_properties(block: Block, labels: Labels | None) -> VolumeProperties:
    """The quantities of a block, the best source first.

    ``porosity`` wins over ``porosity_measured``; the label table, which the user named on purpose,
    wins over the Parquet column of the same name.
    """
    stored = {
        name: numbers(block.columns[name])
        for name in ("tau_factor", "D_eff", "bruggeman_derived", "porosity", "porosity_measured")
        if name in block.columns
    }
    labelled = {} if labels is None else labels.look_up(_keys(block, labels))
    measured = _first(labelled.get("porosity_measured"), stored.get("porosity_measured"))
    return VolumeProperties(
        tau_factor=_first(labelled.get("tau_factor"), stored.get("tau_factor")),
        porosity=_first(stored.get("porosity"), measured),
        d_eff=_first(labelled.get("D_eff"), stored.get("D_eff")),
        bruggeman=stored.get("bruggeman_derived"),
    )


def _keys(block: Block, labels: Labels) -> list[object]:
    if labels.key in block.columns:
        keys: list[object] = block.columns[labels.key].to_pylist()
        return keys
    return [None] * block.n_rows


def _first(preferred: Float64 | None, other: Float64 | None) -> Float64 | None:
    """The preferred values, with the others where those are NaN."""
    if preferred is None or other is None:
        return other if preferred is None else preferred
    return np.where(np.isnan(preferred), other, preferred)
