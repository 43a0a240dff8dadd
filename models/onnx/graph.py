"""An ONNX graph under construction, and the last steps from the learned scale to a prediction."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import MissingExtraError

if TYPE_CHECKING:
    from ...array_types import Float32

INPUT, OUTPUT = "inputs", "prediction"
OPSET, TREE_OPSET, IR = 13, 1, 7
"""Versions of the operators, of those of trees, and of the format: old enough for every runtime in use."""
TREES = "ai.onnx.ml"


@dataclass(frozen=True)
class Finish:
    """Last steps from the learned scale to a prediction: ``exponential`` where that is a logarithm, then ``bounds``."""

    exponential: bool = False
    bounds: tuple[float, float] | None = None

    def __call__(self, y: NDArray[Any]) -> Float32:
        """Apply the last steps with NumPy, as the graph does."""
        raw = np.exp(y.astype(np.float64)) if self.exponential else y.astype(np.float64)
        return (raw if self.bounds is None else np.clip(raw, *self.bounds)).astype(np.float32)


@dataclass(eq=False)
class Graph:
    """Nodes and constants so far; values go by their names, and are float64 unless they say otherwise."""

    columns: tuple[str, ...]
    """Names of the columns of ``inputs``."""
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, value: ArrayLike) -> str:
        """The name of a constant, of the type of the array."""
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, *inputs: str | ArrayLike, domain: str = "", **attributes: Any) -> str:
        """The name of what an operator gives; inputs that are no names are constants."""
        from onnx import helper

        names = [item if isinstance(item, str) else self.constant(item) for item in inputs]
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [name], domain=domain, **attributes))
        return name

    def embed(self, model: Any) -> str:
        """The name of the output of a converted model, whose nodes become part of this graph."""
        from onnx import compose

        prefix = f"part_{len(self.nodes)}_"
        part = compose.add_prefix(model, prefix, rename_inputs=False).graph
        (output,) = part.output
        self.nodes.extend(part.node)
        self.constants.extend(part.initializer)
        return str(output.name)

    def double(self, value: str) -> str:
        """The value as float64."""
        from onnx import TensorProto

        return self.add("Cast", value, to=TensorProto.DOUBLE)

    def single(self, value: str) -> str:
        """The value as float32."""
        from onnx import TensorProto

        return self.add("Cast", value, to=TensorProto.FLOAT)

    def clipped(self, value: str, low: ArrayLike, high: ArrayLike) -> str:
        """The value held between bounds."""
        return self.add("Min", self.add("Max", value, np.asarray(low, float)), np.asarray(high, float))

    def finished(self, learned: str, finish: Finish) -> bytes:
        """The serialised graph that ends in ``prediction``, after the last steps behind float64[n, 1] ``learned``."""
        from onnx import TensorProto, checker, helper

        at = self.add("Exp", learned) if finish.exponential else learned
        for operator, bound in zip(("Max", "Min"), finish.bounds or (), strict=False):
            at = self.add(operator, at, np.array([bound])) if np.isfinite(bound) else at
        self.nodes.append(helper.make_node("Cast", [at], [OUTPUT], to=TensorProto.FLOAT))
        graph = helper.make_graph(
            self.nodes,
            "poregrove",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, len(self.columns)])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1])],
            self.constants,
        )
        imports = [helper.make_opsetid("", OPSET), helper.make_opsetid(TREES, TREE_OPSET)]
        model = helper.make_model(graph, opset_imports=imports, ir_version=IR, producer_name="poregrove")
        checker.check_model(model)
        return bytes(model.SerializeToString())


@contextmanager
def libraries() -> Iterator[None]:
    """MissingExtraError where a package of the extra is not there; hides the converters' deprecation warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except ImportError as error:
        raise MissingExtraError(error.name or "onnxmltools", "onnx", "the export to ONNX") from error
