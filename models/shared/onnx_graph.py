"""Fitted boosters as ONNX graphs, for programs that have neither this package nor the boosters' libraries.

Only boosters of squared error are converted. The converters turn other objectives into something else
without a word (a log-normal life loses its exponential, quantiles lose all outputs but one), so
those are refused by name. The graph takes float32[n, p] ``inputs``, NaN where a column has no value,
and gives float32[n, 1] ``prediction`` on the raw scale of the target.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import MissingExtraError, ModelError
from ..lightgbm_plain import FittedLightGBM
from ..xgboost_plain import FittedXGBoost
from .boosting import TargetScaler

if TYPE_CHECKING:
    from ...array_types import Float32
    from ..base import Fitted

INPUT, OUTPUT = "inputs", "prediction"
OPSET = 13
"""Version of the operators that are added; old enough for every runtime in use."""


@dataclass(frozen=True)
class Finish:
    """Last steps from the learned scale to a prediction: ``exponential`` where that is a logarithm, then ``bounds``."""

    exponential: bool = False
    bounds: tuple[float, float] | None = None

    def __call__(self, y: NDArray[Any]) -> Float32:
        """Apply the last steps with NumPy, as the graph does."""
        raw = np.exp(y.astype(np.float64)) if self.exponential else y.astype(np.float64)
        return (raw if self.bounds is None else np.clip(raw, *self.bounds)).astype(np.float32)


def as_onnx(name: str, fitted: Fitted, finish: Finish) -> bytes:
    """The model ``name`` as a serialised ONNX graph.

    Raises ModelError for a model that is no booster of squared error, MissingExtraError without the
    packages of the extra ``onnx``.
    """
    convert = _CONVERTERS.get(name)
    if convert is None or not isinstance(fitted, FittedXGBoost | FittedLightGBM):
        raise ModelError(
            f"model {name!r} has no ONNX form: only boosters of squared error do ({', '.join(_CONVERTERS)}); "
            "other objectives are converted silently wrong"
        )
    if fitted.frame.categories:
        raise ModelError(
            f"model {name!r} has no ONNX form with categories as one column, which the converters do not know: "
            f"compare with --set model.{name}.native_levels=0"
        )
    with _libraries():
        graph = convert(fitted, len(fitted.frame.columns))
        return bytes(_finished(graph, fitted.frame, finish).SerializeToString())


def run_onnx(graph: bytes, block: Float32) -> Float32:
    """float32[n]: predictions of the reference runtime for ``block``."""
    with _libraries():
        import onnxruntime

        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        (output,) = session.run([OUTPUT], {INPUT: block})
    return np.asarray(output, np.float32).ravel()


def thresholds(graph: bytes) -> Mapping[int, NDArray[np.float32]]:
    """The values at which the trees of a graph split, by column: where a conversion that rounds goes wrong."""
    with _libraries():
        import onnx

        found: dict[int, set[float]] = {}
        for node in onnx.load_from_string(graph).graph.node:
            held = {item.name: item for item in node.attribute}
            if "nodes_values" in held:
                splits = [mode != b"LEAF" for mode in held["nodes_modes"].strings]
                columns, values = held["nodes_featureids"].ints, held["nodes_values"].floats
                for column, value, is_split in zip(columns, values, splits, strict=True):
                    if is_split:
                        found.setdefault(int(column), set()).add(float(value))
    return {column: np.array(sorted(values), np.float32) for column, values in found.items()}


@contextmanager
def _libraries() -> Iterator[None]:
    """MissingExtraError where a package of the extra is not there; hides the converters' deprecation warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except ImportError as error:
        raise MissingExtraError(error.name or "onnxmltools", "onnx", "the export to ONNX") from error


def _xgboost(fitted: Any, columns: int) -> Any:
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    return onnxmltools.convert_xgboost(fitted.booster, initial_types=[(INPUT, FloatTensorType([None, columns]))])


def _lightgbm(fitted: Any, columns: int) -> Any:
    import lightgbm
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    booster = lightgbm.Booster(model_str=_with_float32_thresholds(fitted.booster.model_to_string()))
    return onnxmltools.convert_lightgbm(
        booster, initial_types=[(INPUT, FloatTensorType([None, columns]))], zipmap=False
    )


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
            nearest = exact.astype(np.float32)
            floors = np.where(nearest > exact, np.nextafter(nearest, np.float32(-np.inf)), nearest)
            lines[number] = f"{prefix}{' '.join(repr(float(value)) for value in floors)}\n"
    return "".join(lines)


_CONVERTERS: Mapping[str, Callable[[Any, int], Any]] = {"xgboost": _xgboost, "lightgbm": _lightgbm}
EXPORTABLE = tuple(_CONVERTERS)


def _finished(model: Any, frame: TargetScaler, finish: Finish) -> Any:
    """The graph with the scale of the target, its exponential and its bounds behind the trees."""
    from onnx import TensorProto, checker, helper

    graph = model.graph
    steps = [("Mul", frame.scale), ("Add", frame.offset)]
    operators: list[tuple[str, float | None]] = [*steps, *([("Exp", None)] if finish.exponential else [])]
    if finish.bounds is not None:
        bounds = zip(("Max", "Min"), finish.bounds, strict=True)
        operators += [(operator, bound) for operator, bound in bounds if np.isfinite(bound)]
    at = graph.output[0].name
    for number, (operator, constant) in enumerate(operators):
        inputs = [at]
        if constant is not None:
            inputs.append(f"{OUTPUT}_constant_{number}")
            graph.initializer.append(helper.make_tensor(inputs[1], TensorProto.FLOAT, [1], [constant]))
        at = OUTPUT if number == len(operators) - 1 else f"{OUTPUT}_{number}"
        graph.node.append(helper.make_node(operator, inputs, [at]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1]))
    imports = {item.domain: item for item in model.opset_import}
    if "" in imports:
        imports[""].version = max(imports[""].version, OPSET)
    else:
        model.opset_import.append(helper.make_opsetid("", OPSET))
    model.ir_version = max(model.ir_version, 7)
    checker.check_model(model)
    return model
