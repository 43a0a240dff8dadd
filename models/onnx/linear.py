"""Linear models: ridge, elastic net, ridge with products, and ridge on principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..shared.log_columns import LogColumns
from ..shared.standardise import Encoding
from .columns import encoded, with_logs
from .graph import Graph

if TYPE_CHECKING:
    from ..shared.linear_model import FittedLinear


def linear(graph: Graph, fitted: FittedLinear) -> str:
    """Intercept plus encoded columns times coefficients, kept to the range of training."""
    logs = LogColumns(fitted.log_positions, fitted.log_least)
    encoding = Encoding(fitted.median, fitted.indicated, fitted.mean, fitted.scale)
    z = encoded(graph, encoding, *with_logs(graph, logs, replaced=False))
    if len(fitted.pairs):
        first, second = (graph.add("Gather", z, pair.astype(np.int64), axis=1) for pair in fitted.pairs.T)
        products = graph.add("Sub", graph.add("Mul", first, second), fitted.pair_mean)
        z = graph.add("Concat", z, graph.add("Div", products, fitted.pair_scale), axis=1)
    y = graph.add("MatMul", z, fitted.coefficients[:, None])
    return graph.clipped(graph.add("Add", y, np.array([float(fitted.intercept)])), [fitted.low], [fitted.high])
