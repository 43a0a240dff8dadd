"""The ONNX form of each kind of fitted model, or the reason why it has none; and the runtime that tries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from .. import registry
from ..computed import FittedComputed
from ..ensemble import FittedEnsemble
from ..extra_trees import FittedExtraTrees
from ..factorised_boosting import FittedFactorisedBoosting
from ..gaussian_process import FittedGaussianProcess
from ..hist_gradient_boosting import FittedHistGradientBoosting
from ..lightgbm_plain import FittedLightGBM
from ..mean import FittedMean
from ..shared.law import FittedLaw
from ..shared.linear_model import FittedLinear
from ..xgboost_plain import FittedXGBoost
from . import boosters, formulas, trees
from .gaussian_process import gaussian_process
from .graph import INPUT, OUTPUT, Finish, Graph, libraries
from .linear import linear

if TYPE_CHECKING:
    from ...array_types import Float32
    from ..base import Fitted


def as_onnx(name: str, fitted: Fitted, columns: tuple[str, ...], finish: Finish) -> bytes:
    """The model ``name``, which takes ``columns``, as a serialised ONNX graph.

    Raises ModelError for a model that has no ONNX form, saying why, MissingExtraError without the packages of the extra
    ``onnx``.
    """
    if reason := reason_without(name, fitted):
        raise ModelError(f"model {name!r} has no ONNX form: {reason}")
    with libraries():
        graph = Graph(columns)
        return graph.finished(_learned(graph, fitted), finish)


def reason_without(name: str, fitted: Fitted) -> str | None:
    """Why a model has no ONNX form; None where it has one."""
    if isinstance(fitted, FittedEnsemble):
        reasons = {member: reason_without(member, item) for member, item in fitted.members.items()}
        return next((f"its member {member}: {reason}" for member, reason in reasons.items() if reason), None)
    if getattr(getattr(fitted, "frame", None), "categories", ()):
        return f"categories as one column, which the converters do not know: compare with --set model.{name}.native_levels=0"
    if type(fitted) in FORMS:
        return None
    return reason_by_name(name) or "no conversion of it is known that says the same"


def reason_by_name(name: str) -> str | None:
    """Why a model has no ONNX form whatever it was fitted on, so that it need not be read; None: that depends."""
    infos = {info.name: info for info in registry.available()}
    info = infos.get(name)
    if info is not None and info.requires_seen_ids:
        return "it answers for the volumes and designs of training alone, by their ids"
    if info is not None and (info.kind == "network" or name.startswith("embedding")):
        return "it looks at voxels, which are no columns of a table"
    return _REASONS.get(name)


def run_onnx(graph: bytes, block: Float32) -> Float32:
    """float32[n]: predictions of the reference runtime for ``block``."""
    with libraries():
        import onnxruntime

        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        (output,) = session.run([OUTPUT], {INPUT: block})
    return np.asarray(output, np.float32).ravel()


def thresholds(graph: bytes) -> Mapping[int, NDArray[np.float32]]:
    """The values at which trees split ``inputs``, by column: where a conversion that rounds goes wrong."""
    with libraries():
        import onnx

        found: dict[int, set[float]] = {}
        for node in onnx.load_from_string(graph).graph.node:
            held = {item.name: item for item in node.attribute}
            if "nodes_values" in held and node.input[0] == INPUT:
                splits = [mode != b"LEAF" for mode in held["nodes_modes"].strings]
                columns, values = held["nodes_featureids"].ints, held["nodes_values"].floats
                for column, value, is_split in zip(columns, values, splits, strict=True):
                    if is_split:
                        found.setdefault(int(column), set()).add(float(value))
    return {column: np.array(sorted(values), np.float32) for column, values in found.items()}


def _learned(graph: Graph, fitted: Any) -> str:
    """float64[n, 1]: the model's answer on its learned scale."""
    return FORMS[type(fitted)](graph, fitted)


def _ensemble(graph: Graph, fitted: FittedEnsemble) -> str:
    """The weighted mean of the members."""
    parts = [
        graph.add("Mul", _learned(graph, member), np.array([fitted.weights[name]]))
        for name, member in fitted.members.items()
    ]
    total = parts[0]
    for part in parts[1:]:
        total = graph.add("Add", total, part)
    return total


FORMS: Mapping[type, Callable[[Graph, Any], str]] = {
    FittedMean: formulas.mean,
    FittedLaw: formulas.law,
    FittedComputed: formulas.computed,
    FittedLinear: linear,
    FittedXGBoost: boosters.xgboost,
    FittedLightGBM: boosters.lightgbm,
    FittedHistGradientBoosting: trees.tree_sum,
    FittedFactorisedBoosting: trees.tree_sum,
    FittedExtraTrees: trees.extra_trees,
    FittedGaussianProcess: gaussian_process,
    FittedEnsemble: _ensemble,
}
"""By the very class of the fitted model: a class derived from one of these may mean something else."""

_SILENTLY_WRONG = "converters turn its objective into something else without a word"
_REASONS: Mapping[str, str] = {
    "xgboost-aft-capped": _SILENTLY_WRONG,
    "xgboost-aft-observed": _SILENTLY_WRONG,
    "xgboost-quantile": _SILENTLY_WRONG,
    "xgboost-multi-output": "one graph would answer for several targets",
    "lightgbm-linear": "no operator of ONNX is a tree with linear leaves",
    "catboost": "CatBoost writes ONNX of its own, which is not tried here",
}
