"""One booster trained over a whole Dask cluster, for rows that do not fit one machine.

Each worker joins the rows of its part itself, from the tables of volumes and designs that all are
sent once; XGBoost then adds up histograms over the workers. Its quantile sketch is merged from the
parts, so bins, and with them the last digits of a score, differ from those of one machine.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import MissingExtraError, ModelError
from ..base import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...array_types import Float32, Int32
    from ..base import Rows
    from .category_columns import CategoryColumns


def train_over_cluster(
    parameters: Mapping[str, Any],
    rows: Rows,
    label: Float32,
    weight: Float32 | None,
    rounds: int,
    *,
    native: CategoryColumns,
    stop_on: tuple[Rows, Float32] | None,
    patience: int,
) -> Any:
    """A booster of at most ``rounds`` rounds, cut at the best one on ``stop_on``, if given.

    Raises ModelError where there is no Dask client, and for errors of the library.
    """
    try:
        from xgboost import callback, core
        from xgboost import dask as cluster
    except ImportError as error:
        raise MissingExtraError("distributed", "dask", "XGBoost with distributed = true") from error
    with _client() as client:
        shape = {
            "max_bin": parameters["max_bin"],
            "feature_types": native.kinds,
            "enable_categorical": bool(native.categories),
        }
        parts = _Parts(client, rows, native)
        matrix = cluster.DaskQuantileDMatrix(
            client, parts.matrix(rows), parts.column(label), weight=parts.column(weight), **shape
        )
        evals, callbacks = [], []
        if stop_on is not None:
            valid = _Parts(client, stop_on[0], native)
            held = cluster.DaskQuantileDMatrix(
                client,
                valid.matrix(stop_on[0]),
                valid.column(stop_on[1]),
                ref=matrix,
                **shape,
            )
            evals = [(held, "valid")]
            callbacks = [callback.EarlyStopping(rounds=patience, save_best=True)]
        try:
            trained = cluster.train(
                client, dict(parameters), matrix, rounds, evals=evals, callbacks=callbacks, verbose_eval=False
            )
        except (core.XGBoostError, ValueError, RuntimeError) as error:
            raise ModelError(f"XGBoost, training over the Dask cluster: {error}") from error
    return trained["booster"]


def _client() -> AbstractContextManager[Any]:
    """The client of this process; of a worker's task, which then gives up its place so that it can be trained on."""
    from distributed import get_client, get_worker, worker_client

    try:
        get_worker()
    except ValueError:
        try:
            return nullcontext(get_client())
        except ValueError as error:
            raise ModelError("XGBoost: distributed = true needs --engine dask") from error
    client: AbstractContextManager[Any] = worker_client()
    return client


class _Parts:
    """Rows cut into parts, at least one a worker, and their targets and weights as Dask arrays of the same cuts."""

    def __init__(self, client: Any, rows: Rows, native: CategoryColumns) -> None:
        self.native = native
        workers = max(1, len(client.nthreads()))
        count = min(len(rows), workers * -(-len(rows) // (workers * BATCH_ROWS)))
        self.sizes = tuple(len(part) for part in np.array_split(np.arange(len(rows)), count))
        tables = replace(rows.take(np.zeros(0, np.intp)), volumes=None)
        # a key of its own: by content it would share one with earlier parts, and go when they are let go
        self.tables = client.scatter(tables, broadcast=True, hash=False)

    def matrix(self, rows: Rows) -> Any:
        """The joined matrix, each part made where it is used."""
        from dask import array, delayed

        block = delayed(_block, pure=False)
        width, blocks, start = len(self.native.kinds or rows.columns.names), [], 0
        for size in self.sizes:
            part = slice(start, start + size)
            made = block(self.tables, self.native, rows.volume[part], rows.design[part])
            blocks.append(array.from_delayed(made, (size, width), np.float32))
            start += size
        return array.concatenate(blocks)

    def column(self, values: Float32 | None) -> Any:
        """Values a row, cut like the matrix; None stays None."""
        from dask import array

        if values is None:
            return None
        values = np.asarray(values, np.float32)
        return array.from_array(values, chunks=(self.sizes, *((size,) for size in values.shape[1:])))


def _block(tables: Rows, native: CategoryColumns, volume: Int32, design: Int32) -> Float32:
    """Join the rows of one part, on a worker."""
    return native.joined(replace(tables, volume=volume, design=design, _prepared={}).matrix())
