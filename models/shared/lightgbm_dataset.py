"""LightGBM's binned data set from rows, built in batches and shared by all targets of the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ModelError
from ..base import BATCH_ROWS
from .checks import checked_weight
from .refit_rows import weight_key

if TYPE_CHECKING:
    from ...array_types import Float32
    from ..base import Rows
    from .category_columns import CategoryColumns
    from .lightgbm_device import Place

DATASET = {
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,  # columns must not be dropped for the leaf size of one target
    "data_random_seed": 1,  # the sample behind the bins belongs to the rows, not to a fit's seed
    "bin_construct_sample_cnt": 100_000,  # with fewer of a million rows LightGBM warns
}
"""Parameters that the data set and every fit on it must agree on."""

SAMPLING_BLOCK = 1_000


def training_dataset(
    rows: Rows, native: CategoryColumns, *, max_bin: int, threads: int, weight: Float32 | None, place: Place = "cpu"
) -> Any:
    """The constructed Dataset of ``rows`` without labels, its columns those of ``native``, kept with the rows."""
    key = ("lightgbm", native.categories, max_bin, weight_key(weight), place)
    weights = None if weight is None else checked_weight(rows, weight)
    parameters = {**DATASET, "max_bin": max_bin, "num_threads": threads, "device_type": place}
    return rows.prepared(key, lambda: _build(rows, native, parameters, weights, None))


def validation_dataset(rows: Rows, native: CategoryColumns, *, reference: Any) -> Any:
    """The Dataset of ``rows`` in the bins of ``reference``, kept with the rows.

    The reference is stored beside it, so that its id stays its own.
    """
    return rows.prepared(
        ("lightgbm", id(reference)), lambda: (reference, _build(rows, native, reference.get_params(), None, reference))
    )[1]


def _build(rows: Rows, native: CategoryColumns, parameters: dict[str, Any], weights: Any, reference: Any) -> Any:
    import lightgbm

    class Blocks(lightgbm.Sequence):  # type: ignore[misc]  # the library has no types
        """Rows joined as LightGBM asks for them.

        To choose bins it asks for single rows in ascending order, so a block around the row is
        joined at once and kept, in the float64 that it wants there. The methods do not hold the rows, since a
        class is part of a reference cycle, in which the data sets kept with them would outlive their fold.
        """

        batch_size = BATCH_ROWS
        rows: Rows
        start, block = 0, np.zeros((0, 0))

        def __len__(self) -> int:
            return len(self.rows)

        def __getitem__(self, index: Any) -> Any:
            if isinstance(index, slice):
                return native.joined(self.rows.matrix(index))
            if not self.start <= index < self.start + len(self.block):
                self.start = int(index) - int(index) % SAMPLING_BLOCK
                part = slice(self.start, self.start + SAMPLING_BLOCK)
                self.block = native.joined(self.rows.matrix(part)).astype(np.float64)
            # a copy, since LightGBM gathers a list of rows: as views they would keep every block alive
            return self.block[index - self.start].copy()

    blocks = Blocks()
    blocks.rows = rows
    try:
        return lightgbm.Dataset(
            blocks,
            weight=weights,
            reference=reference,
            params=parameters,
            categorical_feature=native.positions or "auto",
        ).construct()
    except lightgbm.basic.LightGBMError as error:
        raise ModelError(f"LightGBM, binning the columns: {error}") from error
    finally:
        del blocks.rows
