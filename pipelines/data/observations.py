"""Reduction of a data set to one row of targets for each input row, block by block."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from ...errors import DataSetError
from ...schema import OBSERVATIONS
from ..settings import TargetSettings
from ..targets.sign import majority, sign_votes
from .dataset import Block, Dataset
from .designs import design_digests
from .labels import is_absent
from .reduce import reduce_block
from .traces import traces

log = logging.getLogger(__name__)

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows there are."""

FIXED_SIGN: Mapping[str, int] = {"positive": 1, "negative": -1}
_ARROW: Mapping[str, Any] = {
    "int8": pa.int8(),
    "int32": pa.int32(),
    "float64": pa.float64(),
    "string": pa.string(),
    "bool": pa.bool_(),
}
_NULLABLE = {
    pa.type_for_alias(name.lower()): pd.api.types.pandas_dtype(name)
    for name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
}


@dataclass(frozen=True, eq=False)
class Observations:
    """Result of reading a data set.

    ``frame`` has the columns of ``schema.OBSERVATIONS``, then the group columns; ``current_sign`` is
    the sign taken for discharge (0: undecided); ``sign_votes`` counts the rows that show it to be
    ``positive``, ``negative`` or neither (``undecided``).
    """

    frame: pd.DataFrame
    current_sign: int
    sign_votes: Mapping[str, int]


def observe(
    dataset: Dataset,
    settings: TargetSettings,
    *,
    group_columns: Iterable[str] = (),
    threads: int = 1,
    progress: Progress | None = None,
) -> Observations:
    """Every row of the data set in order, its series reduced to targets; some blocks a thread are in memory at a time.

    ``group_columns`` are carried along in their own types. With ``current_sign = auto`` the sign of
    discharge is the one that the majority of rows shows. DataSetError names a file that cannot be
    read, a row without file name, or a label table that fits no row.
    """
    dataset = dataset.including(group_columns)
    fixed = FIXED_SIGN.get(settings.current_sign)
    sign = _first_opinion(dataset, settings) if fixed is None else fixed
    frame = _read(dataset, settings, sign, threads, progress)
    votes = {sign: int((frame["current_sign"] == sign).sum()) for sign in FIXED_SIGN.values()}
    # The first block nearly always speaks for all, so one pass is enough; where it does not, the
    # rows are read again under the sign that won.
    if fixed is None and majority(votes) != sign:
        sign = majority(votes)
        log.info("current sign on discharge is %+d after all rows, reading again", sign)
        frame = _read(dataset, settings, sign, threads, progress)
    counts = {"positive": votes[1], "negative": votes[-1], "undecided": len(frame) - sum(votes.values())}
    return Observations(frame, sign, counts)


def _first_opinion(dataset: Dataset, settings: TargetSettings) -> int:
    """The majority of the first block in which there is one."""
    for block in dataset.blocks(("cycle_first",)):
        cycles = traces(block.columns["cycle_first"], block.n_rows, rest_threshold=settings.rest_threshold)
        with np.errstate(over="ignore", invalid="ignore"):
            votes = sign_votes(cycles)
        majority_of_block = majority({sign: int((votes == sign).sum()) for sign in FIXED_SIGN.values()})
        if majority_of_block:
            return majority_of_block
    return 0


def _read(
    dataset: Dataset, settings: TargetSettings, sign: int, threads: int, progress: Progress | None
) -> pd.DataFrame:
    schema, batches, done = _schema(dataset), [], 0
    for batch in _batches(dataset, settings, sign, threads):
        batches.append(batch)
        done += batch.num_rows
        if progress is not None:
            progress(done, dataset.n_rows)
    table = pa.Table.from_batches(batches, schema)
    _check_labels(dataset, table)
    frame = pd.DataFrame({name: _series(name, table.column(name), dataset) for name in schema.names})
    frame["design_digest"] = design_digests(frame).astype("str")
    return frame


def _schema(dataset: Dataset) -> Any:
    fields = [
        pa.field(item.name, dataset.key_types[item.name] if item.kind == "source" else _ARROW[item.kind])
        for item in OBSERVATIONS.fields
    ]
    return pa.schema([*fields, *(pa.field(name, dataset.key_types[name]) for name in dataset.group_columns)])


def _batches(dataset: Dataset, settings: TargetSettings, sign: int, threads: int) -> Iterator[Any]:
    schema = _schema(dataset)

    def reduced(block: Block, first_row: int) -> Any:
        with np.errstate(over="ignore", invalid="ignore"):  # what leaves the range of numbers has a reason of its own
            columns = reduce_block(block, first_row, dataset.labels, settings, sign)
        nothing = pa.nulls(block.n_rows)
        arrays = [pa.array(columns.get(field.name, nothing)).cast(field.type) for field in schema]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    return _in_threads(reduced, _with_first_rows(dataset.blocks()), threads)


def _with_first_rows(blocks: Iterable[Block]) -> Iterator[tuple[Block, int]]:
    """Each block with the position of its first row in the data set."""
    first_row = 0
    for block in blocks:
        yield block, first_row
        first_row += block.n_rows


def _in_threads(function: Callable[..., T], items: Iterable[tuple[Any, ...]], threads: int) -> Iterator[T]:
    """The results in order, while threads are at the next ones; numpy and Arrow leave the interpreter to others."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        for arguments in items:
            waiting.append(pool.submit(function, *arguments))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _check_labels(dataset: Dataset, table: Any) -> None:
    if dataset.labels is None:
        return
    keys = [key for key in table.column(dataset.labels.key).unique().to_pylist() if not is_absent(key)]
    known = sum(map(dataset.labels.knows, keys))
    if not known:
        raise DataSetError(
            f"label table {dataset.labels.path}: none of its {len(dataset.labels.values)} keys is a {dataset.labels.key} of "
            f"the data set, which has keys such as {next(iter(keys), None)!r} where the table has {next(iter(dataset.labels.values))!r}"
        )
    log.info("label table %s: found %d of %d distinct %s", dataset.labels.path, known, len(keys), dataset.labels.key)


def _series(name: str, column: Any, dataset: Dataset) -> pd.Series:
    """A pandas column; integers with nulls stay integers. DataSetError for keys that pandas cannot hold."""
    nullable = column.null_count and pa.types.is_integer(column.type)
    try:
        series: pd.Series = column.to_pandas(types_mapper=_NULLABLE.get if nullable else None)
    except (pa.ArrowException, ValueError, LookupError, OverflowError) as error:
        raise DataSetError(f"{dataset.data}: the column {name!r} holds {column.type}: {error}") from error
    return series
