"""XGBoost's binned matrix from rows, built in batches and shared by all targets of the same rows."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import ModelError
from .checks import checked_weight
from .parts import weight_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Float32, Rows


@contextmanager
def strict(doing: str) -> Iterator[None]:
    """Turn XGBoost's warnings and errors into ModelError.

    The library warns from a C callback, out of which no exception can leave, so warnings are
    recorded and raised afterwards. Deprecations are passed on: they make no result wrong.
    Not for several threads at once, as Python's warning filters are global.
    """
    import xgboost

    with warnings.catch_warnings(record=True) as caught, xgboost.config_context(verbosity=1):
        warnings.simplefilter("always")
        try:
            yield
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise ModelError(f"XGBoost, {doing}: {error}") from error
    for item in caught:
        if issubclass(item.category, UserWarning):
            raise ModelError(f"XGBoost, {doing}: {item.message}")
        warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)


def training_matrix(rows: Rows, *, max_bin: int, threads: int, weight: Float32 | None) -> Any:
    """The QuantileDMatrix of ``rows`` without labels, kept with the rows.

    Weights enter the quantile sketch, so they are given here and never set afterwards.
    """
    key = ("xgboost", max_bin, weight_key(weight))
    return rows.prepared(key, lambda: _build(rows, max_bin=max_bin, threads=threads, weight=weight, reference=None))


def validation_matrix(rows: Rows, *, reference: Any, max_bin: int, threads: int) -> Any:
    """The QuantileDMatrix of ``rows`` in the bins of ``reference``, kept with the rows.

    The reference is stored beside it, so that its id stays its own.
    """
    return rows.prepared(
        ("xgboost", id(reference)),
        lambda: (reference, _build(rows, max_bin=max_bin, threads=threads, weight=None, reference=reference)),
    )[1]


def _build(rows: Rows, *, max_bin: int, threads: int, weight: Float32 | None, reference: Any) -> Any:
    import xgboost

    weights = None if weight is None else checked_weight(rows, weight)

    class Batches(xgboost.DataIter):  # type: ignore[misc]  # the library has no types
        """Joins rows a batch at a time; XGBoost passes over them more than once."""

        def reset(self) -> None:
            self.blocks = rows.batches()
            self.start = 0

        def next(self, input_data: Any) -> bool:
            block = next(self.blocks, None)
            if block is None:
                return False
            stop = self.start + len(block)
            input_data(data=block, weight=None if weights is None else weights[self.start : stop])
            self.start = stop
            return True

    batches = Batches()
    batches.reset()
    with strict("binning the columns"):
        return xgboost.QuantileDMatrix(batches, max_bin=max_bin, ref=reference, nthread=threads)
