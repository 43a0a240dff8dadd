"""One block of input rows reduced to columns of the table of observations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import DataSetError
from ...schema import CELL_TARGETS, SCALAR_COLUMNS, VOLUME_TARGETS
from ..settings import TargetSettings
from ..targets.backtest import SHARES
from ..targets.cell import CellTargets, cell_targets
from ..targets.cycle_life import Life
from ..targets.dcir import Resistance
from ..targets.outcome import Outcome, Reason, undefined
from ..targets.sign import sign_vote
from ..targets.trace import Trace
from ..targets.trend import Trend
from ..targets.volume import volume_targets
from .dataset import KEY_NAMES, Block
from .labels import Labels
from .ragged import numbers
from .traces import traces, trends
from .volume_properties import property_columns

SUCCESS = frozenset({"success", "successful", "succeeded", "ok", "completed", "complete", "finished", "done"})
"""Words, in lower case, with which ``status`` says that a simulation ran to its end; any other says that it failed."""
NOT_SIMULATED = frozenset({"not_simulated", "not simulated", "skipped"})
"""Words with which it says that none was run: a volume without a path has no cell, and that is no failure."""


def _no_cell(reason: Reason) -> CellTargets:
    nothing = undefined(reason)
    return CellTargets(
        projected_cycle_life=Life(math.nan, reason),
        capacity_fade_rate=nothing,
        initial_dcir=Resistance(math.nan, reason),
        capacity_retention=nothing,
        nominal_capacity=nothing,
        mean_discharge_voltage=nothing,
        mean_discharge_voltage_time=nothing,
        projections=(math.nan,) * len(SHARES),
    )


_WITHOUT = {reason: _no_cell(reason) for reason in (Reason.FAILED, Reason.NOT_SIMULATED)}
_NOTHING_THERE = frozenset({Reason.NO_TREND, Reason.NO_CYCLE, Reason.EMPTY_CYCLE, Reason.COLUMN_MISSING})


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
    given = property_columns(block, labels)
    targets = [volume_targets(row, settings) for row in given.rows(block.n_rows)]
    columns: dict[str, Any] = dict(given.raw(block.n_rows))
    for name in VOLUME_TARGETS:
        columns |= _outcomes(name, [getattr(row, name) for row in targets])
    return columns


def _cells(block: Block, settings: TargetSettings, sign: int) -> Mapping[str, Any]:
    n = block.n_rows
    stored = block.columns
    status = stored["status"].to_pylist() if "status" in stored else [None] * n
    trend_rows = list(trends(stored.get("capacity_trend_cycles"), stored.get("capacity_trend_ah"), n))
    trace_rows = list(traces(stored.get("cycle_first"), n, rest_threshold=settings.rest_threshold))
    lost = [_lost(*row) for row in zip(status, trend_rows, trace_rows, strict=True)]
    cells = [
        cell_targets(trend, trace, sign, settings) if reason is None else _WITHOUT[reason]
        for reason, trend, trace in zip(lost, trend_rows, trace_rows, strict=True)
    ]
    columns: dict[str, Any] = {
        "status": status,
        "failed": [reason is Reason.FAILED for reason in lost],
        "cycle_life_status": [cell.projected_cycle_life.status for cell in cells],
        "dcir_method": [cell.initial_dcir.method for cell in cells],
        "dcir_voltage": np.array([cell.initial_dcir.voltage for cell in cells]),
        "trend_points": np.array([len(trend) for trend in trend_rows], np.int32),
        "trend_dropped": np.array([trend.dropped for trend in trend_rows], np.int32),
        "trend_faults": [";".join(trend.faults) or None for trend in trend_rows],
        "last_cycle": np.array([trend.last_cycle for trend in trend_rows]),
        "leading_rest": [trace.leading_rest for trace in trace_rows],
        "current_sign": np.array([sign_vote(trace) for trace in trace_rows], np.int8),
    }
    for name in CELL_TARGETS:
        columns |= _outcomes(name, [getattr(cell, name) for cell in cells])
    for position, share in enumerate(SHARES):
        columns[f"projection_{round(100 * share)}"] = np.array([cell.projections[position] for cell in cells])
    return columns


def _lost(status: str | None, trend: Trend, trace: Trace) -> Reason | None:
    """Reason why a row has no cell, as ``status`` states it.

    Where it says nothing, a row failed that has neither trend nor cycle though it could.
    """
    if status is not None and status.strip():
        word = status.strip().lower()
        if word in NOT_SIMULATED:
            return Reason.NOT_SIMULATED
        return None if word in SUCCESS else Reason.FAILED
    reasons = {trend.reason, trace.reason}
    return Reason.FAILED if reasons <= _NOTHING_THERE and reasons != {Reason.COLUMN_MISSING} else None


def _outcomes(name: str, outcomes: list[Outcome]) -> Mapping[str, Any]:
    values = np.array([outcome.value for outcome in outcomes])
    reasons = [None if outcome.reason is None else outcome.reason.value for outcome in outcomes]
    return {name: values, f"{name}_reason": reasons}
