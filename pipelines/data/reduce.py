"""One block of input rows reduced to columns of the table of observations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...array_types import UInt8
from ...errors import DataSetError
from ...schema import CELL_TARGETS, CYCLE_LIFE_STATUSES, DCIR_METHODS, SCALAR_COLUMNS, VOLUME_TARGETS
from ..settings import TargetSettings
from ..targets.backtest import SHARES
from ..targets.cell import cell_targets
from ..targets.outcome import NO_REASON, Outcomes, Reason, code, first_reason, outcomes, words
from ..targets.sign import sign_votes
from ..targets.trace import Traces
from ..targets.trend import Trends
from ..targets.volume import volume_targets
from .dataset import KEY_NAMES, Block
from .labels import Labels
from .ragged import numbers
from .traces import traces, trends
from .volume_properties import raw_columns, volume_properties

SUCCESS = frozenset({"success", "successful", "succeeded", "ok", "completed", "complete", "finished", "done"})
"""Words, in lower case, with which ``status`` says that a simulation ran to its end; any other says that it failed."""
NOT_SIMULATED = frozenset({"not_simulated", "not simulated", "skipped"})
"""Words with which it says that none was run: a volume without a path has no cell, and that is no failure."""
_NOTHING_THERE = [
    code(reason) for reason in (Reason.NO_TREND, Reason.NO_CYCLE, Reason.EMPTY_CYCLE, Reason.COLUMN_MISSING)
]
_UNSAID = -1


def reduce_block(
    block: Block, first_row: int, labels: Labels | None, settings: TargetSettings, sign: int
) -> Mapping[str, Any]:
    """Columns of ``schema.OBSERVATIONS`` by name, as arrays or lists of n rows.

    ``first_row`` is the position of the block in the data set, ``sign`` that of the current on
    discharge. Key and group columns that the file lacks are left out.
    """
    keys = {
        name: column for name, column in block.columns.items() if name in KEY_NAMES or name in block.source.key_types
    }
    scalars = {name: numbers(block.columns[name]) for name in SCALAR_COLUMNS}
    return {
        **keys,
        **scalars,
        "row": np.arange(first_row, first_row + block.n_rows, dtype=np.int32),
        "filename": _filenames(block),
        **_volumes(block, labels, settings),
        **_cells(block, settings, sign),
    }


def _filenames(block: Block) -> Any:
    names = block.columns["filename"]
    if names.null_count:
        row = block.start + int(np.argmax(names.is_null().to_numpy(zero_copy_only=False)))
        raise DataSetError(
            f"{block.source.path}: the column 'filename' is null in row {row}; every row needs its volume"
        )
    return names


def _volumes(block: Block, labels: Labels | None, settings: TargetSettings) -> Mapping[str, Any]:
    given = volume_properties(block, labels)
    targets = volume_targets(block.n_rows, given, settings)
    columns: dict[str, Any] = dict(raw_columns(block.n_rows, given))
    for name in VOLUME_TARGETS:
        columns |= _outcomes(name, getattr(targets, name))
    return columns


def _cells(block: Block, settings: TargetSettings, sign: int) -> Mapping[str, Any]:
    n, stored = block.n_rows, block.columns
    trend = trends(stored.get("capacity_trend_cycles"), stored.get("capacity_trend_ah"), n)
    trace = traces(stored.get("cycle_first"), n, rest_threshold=settings.rest_threshold)
    lost = _lost(stored.get("status"), trend, trace)
    cells = cell_targets(trend, trace, sign, settings)
    there = lost == NO_REASON
    columns: dict[str, Any] = {
        "status": stored.get("status", pa.nulls(n)),
        "failed": lost == code(Reason.FAILED),
        "cycle_life_status": words(np.where(there, cells.projected_cycle_life.status, 0), CYCLE_LIFE_STATUSES),
        "dcir_method": words(np.where(there, cells.initial_dcir.method, 0), DCIR_METHODS),
        "dcir_voltage": np.where(there, cells.initial_dcir.voltage, np.nan),
        "trend_points": trend.points.lengths.astype(np.int32),
        "trend_dropped": trend.dropped.astype(np.int32),
        "trend_faults": _faults(trend),
        "last_cycle": trend.last_cycle,
        "leading_rest": trace.leading_rest,
        "current_sign": sign_votes(trace),
    }
    for name in CELL_TARGETS:
        found = getattr(cells, name)
        columns |= _outcomes(name, outcomes(found.value, (True, lost), (True, found.reason)))
    for share, projection in zip(SHARES, cells.projections, strict=True):
        columns[f"projection_{round(100 * share)}"] = np.where(there, projection, np.nan)
    return columns


def _lost(status: Any | None, trend: Trends, trace: Traces) -> UInt8:
    """Code of the reason why a row has no cell, as ``status`` states it.

    Where it says nothing, a row failed that has neither trend nor cycle though it could.
    """
    nothing = np.isin(trend.reason, _NOTHING_THERE) & np.isin(trace.reason, _NOTHING_THERE)
    no_columns = code(Reason.COLUMN_MISSING)
    could = (trend.reason != no_columns) | (trace.reason != no_columns)
    unsaid = first_reason(len(trend), (nothing & could, Reason.FAILED))
    if status is None:
        return unsaid
    told = status.dictionary_encode()
    said = [_said(word) for word in told.dictionary.to_pylist()]
    which = told.indices.fill_null(len(said)).to_numpy(zero_copy_only=False)
    codes = np.array([*(_UNSAID if reason is None else reason for reason in said), _UNSAID])[which]
    return np.where(codes == _UNSAID, unsaid, codes).astype(np.uint8)


def _said(status: str) -> int | None:
    """Code of what a status says: none, ``FAILED`` or ``NOT_SIMULATED``; None where it says nothing."""
    word = status.strip().lower()
    if not word:
        return None
    if word in NOT_SIMULATED:
        return code(Reason.NOT_SIMULATED)
    return NO_REASON if word in SUCCESS else code(Reason.FAILED)


def _faults(trend: Trends) -> NDArray[Any]:
    """The faults of each trend in words, joined by ';', None where it has none."""
    bits = np.zeros(len(trend), np.int64)
    for place, rows in enumerate(trend.faults.values()):
        bits |= rows.astype(np.int64) << place
    kinds, which = np.unique(bits, return_inverse=True)
    texts = [
        ";".join(fault for place, fault in enumerate(trend.faults) if kind >> place & 1) for kind in kinds.tolist()
    ]
    return np.array([text or None for text in texts], object)[which]


def _outcomes(name: str, found: Outcomes) -> Mapping[str, Any]:
    return {name: found.value, f"{name}_reason": words(found.reason)}
