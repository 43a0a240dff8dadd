"""Encoded columns of linear models, of extra trees and of the Gaussian process, from the raw ``inputs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..shared.log_columns import BELOW_TRAINING
from .graph import INPUT, Graph

if TYPE_CHECKING:
    from ..shared.log_columns import LogColumns
    from ..shared.standardise import Encoding


def with_logs(graph: Graph, logs: LogColumns, *, replaced: bool) -> tuple[str, str]:
    """float32[n, p + k] ``inputs`` with logarithms behind them (or in their place: [n, p]), and bool where they have gaps."""
    if not len(logs.positions):
        return INPUT, graph.add("IsNaN", INPUT)
    chosen = graph.add("Gather", INPUT, logs.positions.astype(np.int64), axis=1)
    least = BELOW_TRAINING * logs.least
    known = graph.add("Where", graph.add("IsNaN", chosen), least[None, :], graph.double(chosen))
    logarithms = graph.single(graph.add("Log", graph.add("Max", known, least)))
    # what has no value has no logarithm either
    gaps = graph.add("IsNaN", chosen)
    values = graph.add("Where", gaps, np.array([np.nan], np.float32), logarithms)
    both = graph.add("Concat", INPUT, values, axis=1)
    if replaced:
        order = np.arange(len(graph.columns))
        order[logs.positions] = len(graph.columns) + np.arange(len(logs.positions))
        both = graph.add("Gather", both, order.astype(np.int64), axis=1)
    return both, graph.add("IsNaN", both)


def encoded(graph: Graph, encoding: Encoding, values: str, gaps: str) -> str:
    """float64[n, p + k]: gaps filled, their indicators behind, standardised."""
    whole = graph.add("Where", gaps, encoding.median[None, :], graph.double(values))
    if len(encoding.indicated):
        marked = graph.add("Gather", gaps, encoding.indicated.astype(np.int64), axis=1)
        whole = graph.add("Concat", whole, graph.double(marked), axis=1)
    return graph.add("Div", graph.add("Sub", whole, encoding.mean), encoding.scale)
