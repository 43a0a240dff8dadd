"""Boosters of squared error, by their converters.

The converters turn other objectives into something else without a word (a log-normal life loses its exponential,
quantiles lose all outputs but one), so those have no form here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .graph import INPUT, OPSET, Graph

if TYPE_CHECKING:
    from ..lightgbm_plain import FittedLightGBM
    from ..shared.boosting import TargetScaler
    from ..xgboost_plain import FittedXGBoost


def xgboost(graph: Graph, fitted: FittedXGBoost) -> str:
    """The trees of XGBoost."""
    import onnxmltools

    model = onnxmltools.convert_xgboost(fitted.booster, initial_types=_inputs(graph), target_opset=OPSET)
    return _on_scale(graph, model, fitted.frame)


def lightgbm(graph: Graph, fitted: FittedLightGBM) -> str:
    """The trees of LightGBM, whose thresholds are rounded down to float32."""
    import lightgbm
    import onnxmltools

    booster = lightgbm.Booster(model_str=_with_float32_thresholds(fitted.booster.model_to_string()))
    model = onnxmltools.convert_lightgbm(booster, initial_types=_inputs(graph), zipmap=False, target_opset=OPSET)
    return _on_scale(graph, model, fitted.frame)


def _inputs(graph: Graph) -> list[tuple[str, Any]]:
    from onnxmltools.convert.common.data_types import FloatTensorType

    return [(INPUT, FloatTensorType([None, len(graph.columns)]))]


def _on_scale(graph: Graph, model: Any, frame: TargetScaler) -> str:
    standard = graph.double(graph.embed(model))
    return graph.add("Add", graph.add("Mul", standard, np.array([frame.scale])), np.array([frame.offset]))


def _with_float32_thresholds(text: str) -> str:
    """A LightGBM model whose thresholds are the greatest float32 not above the float64 ones.

    ONNX holds float32. Rounded to the nearest one, a threshold may come to lie above a value that was
    above it, which then falls to the other side; rounded down it parts float32 inputs as before.
    """
    # The sizes tell where each tree begins in the text; without them the library looks for itself.
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("tree_sizes=")]
    prefix = "threshold="
    for number, line in enumerate(lines):
        if line.startswith(prefix):
            exact = np.array(line.removeprefix(prefix).split(), np.float64)
            lines[number] = f"{prefix}{' '.join(repr(float(value)) for value in floors(exact))}\n"
    return "".join(lines)


def floors(exact: Any) -> Any:
    """float32: the greatest not above each float64."""
    nearest = exact.astype(np.float32)
    return np.where(nearest > exact, np.nextafter(nearest, np.float32(-np.inf)), nearest)
