"""Models that are a formula of few columns: laws, targets that descriptors compute, a mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..computed import FORMULAS
from .graph import INPUT, Graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..computed import FittedComputed
    from ..mean import FittedMean
    from ..shared.law import FittedLaw


def mean(graph: Graph, fitted: FittedMean) -> str:
    """The same number for every row."""
    from onnx import numpy_helper

    rows = graph.add("Gather", graph.add("Shape", INPUT), np.array([0]))
    value = numpy_helper.from_array(np.array([float(fitted.mean)]))
    return graph.add("ConstantOfShape", graph.add("Concat", rows, np.array([1]), axis=0), value=value)


def law(graph: Graph, fitted: FittedLaw) -> str:
    """Intercept plus exponents times logarithms; the mean of training where a column is not positive."""
    total = graph.constant(np.array([[float(fitted.intercept)]]))
    for name, exponent in zip(fitted.columns, fitted.exponents, strict=True):
        logarithm = graph.add("Log", graph.double(_column(graph, str(name))))
        total = graph.add("Add", total, graph.add("Mul", logarithm, np.array([exponent])))
    return _or(graph, total, float(fitted.fallback))


def computed(graph: Graph, fitted: FittedComputed) -> str:
    """One of the formulas; the mean of training where it is undefined."""
    name = tuple(FORMULAS)[int(fitted.formula)]
    values = [graph.double(_column(graph, column)) for column in FORMULAS[name][0]]
    return _or(graph, _FORMULAS[name](graph, *values), float(fitted.fallback))


def _exponent(graph: Graph, tau: str, porosity: str) -> str:
    ratio = graph.add("Div", graph.add("Log", tau), graph.add("Log", porosity))
    return graph.add("Sub", np.ones(1), ratio)


_FORMULAS: Mapping[str, Callable[..., str]] = {
    "porosity": lambda _, porosity: porosity,
    "ln tau": lambda graph, tau: graph.add("Log", tau),
    "ln d_eff": lambda graph, diffusivity: graph.add("Log", diffusivity),
    "1 - ln tau / ln porosity": _exponent,
}
"""The formulas of ``computed.FORMULAS``, as operators."""


def _column(graph: Graph, name: str) -> str:
    """float32[n, 1]."""
    return graph.add("Gather", INPUT, np.array([graph.columns.index(name)]), axis=1)


def _or(graph: Graph, values: str, fallback: float) -> str:
    """The values where they are finite, else the fallback."""
    undefined = graph.add("Or", graph.add("IsNaN", values), graph.add("IsInf", values))
    return graph.add("Where", undefined, np.array([fallback]), values)
