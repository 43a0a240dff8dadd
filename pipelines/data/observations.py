"""Reduction of a data set to one row of targets for each input row, block by block."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from ...errors import DataSetError
from ...schema import OBSERVATIONS, SCALAR_COLUMNS
from ..settings import TargetSettings
from ..targets.sign import majority, sign_votes
from .dataset import Block, Dataset, Source, joined
from .designs import design_digests
from .labels import is_absent
from .observation_cache import ObservationCache
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
    verify: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
) -> Observations:
    """Every row of the data set in order, its series reduced to targets; some blocks a thread are in memory at a time.

    Rows of files that have not changed since they were last read are remembered, unless ``verify`` is set.

    ``group_columns`` are carried along in their own types. With ``current_sign = auto`` the sign of
    discharge is the one that the majority of rows shows. DataSetError names a file that cannot be
    read, a row without file name, or a label table that fits no row.
    """
    dataset = dataset.including(group_columns)
    memory = ObservationCache.of(dataset, settings)
    known = None if memory is None or verify else memory.recall()
    if known is None:
        known = _reduced(dataset, settings, threads, progress)
        if memory is not None:
            memory.keep(*known)
    table, sign = known
    _check_labels(dataset, table)
    frame = pd.DataFrame({name: _series(name, table.column(name), dataset) for name in table.column_names})
    votes = _votes(table)
    counts = {"positive": votes[1], "negative": votes[-1], "undecided": len(frame) - sum(votes.values())}
    return Observations(frame, sign, counts)


def _reduced(
    dataset: Dataset, settings: TargetSettings, threads: int, progress: Progress | None
) -> tuple[pa.Table, int]:
    """The table of all rows, and the sign taken for discharge."""
    fixed = FIXED_SIGN.get(settings.current_sign)
    sign = _first_opinion(dataset, settings) if fixed is None else fixed
    table = _read(dataset, settings, sign, threads, progress)
    # The first block nearly always speaks for all, so one pass is enough; where it does not, the
    # rows are read again under the sign that won.
    if fixed is None and (won := majority(_votes(table))) != sign:
        sign = won
        log.info("current sign on discharge is %+d after all rows, reading again", sign)
        table = _read(dataset, settings, sign, threads, progress)
    return table, sign


def _votes(table: pa.Table) -> dict[int, int]:
    """Rows that show each sign of the current on discharge."""
    signs = table.column("current_sign").to_numpy()
    return {sign: int((signs == sign).sum()) for sign in FIXED_SIGN.values()}


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


def _read(dataset: Dataset, settings: TargetSettings, sign: int, threads: int, progress: Progress | None) -> pa.Table:
    schema, batches, done = _schema(dataset), [], 0
    for batch in _batches(dataset, settings, sign, threads):
        batches.append(batch)
        done += batch.num_rows
        if progress is not None:
            progress(done, dataset.n_rows)
    table = pa.Table.from_batches(batches, schema)
    asked = {name: _series(name, table.column(name), dataset) for name in (*SCALAR_COLUMNS, "param_id")}
    digests = design_digests(pd.DataFrame(asked))
    place = table.schema.get_field_index("design_digest")
    return table.set_column(place, "design_digest", pa.array(digests, pa.string()))


def _schema(dataset: Dataset) -> Any:
    fields = [
        pa.field(item.name, dataset.key_types[item.name] if item.kind == "source" else _ARROW[item.kind])
        for item in OBSERVATIONS.fields
    ]
    return pa.schema([*fields, *(pa.field(name, dataset.key_types[name]) for name in dataset.group_columns)])


def _batches(dataset: Dataset, settings: TargetSettings, sign: int, threads: int) -> Iterator[Any]:
    schema = _schema(dataset)

    def of_block(block: Block, first_row: int) -> Any:
        with np.errstate(over="ignore", invalid="ignore"):  # what leaves the range of numbers has a reason of its own
            columns = reduce_block(block, first_row, dataset.labels, settings, sign)
        nothing = pa.nulls(block.n_rows)
        arrays = [pa.array(columns.get(field.name, nothing)).cast(field.type) for field in schema]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def reduced(blocks: Callable[[], Sequence[Block]], first_row: int) -> list[Any]:
        return [of_block(block, row) for block, row in _with_first_rows(blocks(), first_row)]

    for batches in _in_threads(reduced, _pieces(dataset), threads):
        yield from batches


def _pieces(dataset: Dataset) -> Iterator[tuple[Callable[[], Sequence[Block]], int]]:
    """What a thread works on at a time, with the position of its first row: a block of a large file, or all rows of some small ones.

    Large files are read here, where Arrow has threads for their columns; small ones by the thread itself.
    """
    first_row = 0
    for part in dataset.parts():
        if len(part) > 1:
            yield partial(_together, dataset, part), first_row
            first_row += sum(source.n_rows for source in part)
        else:
            for block, row in _with_first_rows(dataset.blocks_of(part), first_row):
                yield partial(list, (block,)), row
            first_row += part[0].n_rows


def _together(dataset: Dataset, part: Sequence[Source]) -> list[Block]:
    blocks = list(dataset.blocks_of(part))
    return joined(blocks) if blocks else []


def _with_first_rows(blocks: Iterable[Block], first_row: int) -> Iterator[tuple[Block, int]]:
    """Each block with the position of its first row in the data set, that of the first being ``first_row``."""
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
