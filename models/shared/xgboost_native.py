"""Use of XGBoost: binned matrices shared by all targets of the same rows, warnings as errors."""

from __future__ import annotations

import functools
import json
import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...errors import DeviceError, ModelError
from .boosting import TargetScaler
from .checks import checked_columns, checked_weight
from .refit_rows import weight_key
from .xgboost_packages import check_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ...array_types import Float32, Float64
    from ..base import Device, FitContext, Rows
    from .category_columns import CategoryColumns

log = logging.getLogger(__name__)

FILE = "model.ubj"


@contextmanager
def warnings_as_errors(doing: str) -> Iterator[None]:
    """Turn XGBoost's warnings and errors into ModelError.

    The library warns from a C callback, out of which no exception can leave, so warnings are
    recorded and raised afterwards. Deprecations are passed on: they make no result wrong.
    Not for several threads at once, as Python's warning filters are global.
    """
    import xgboost

    check_packages()
    with warnings.catch_warnings(record=True) as caught, xgboost.config_context(verbosity=1):
        warnings.simplefilter("always")
        try:
            yield
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise ModelError(f"XGBoost, {doing}: {error}") from error
    for item in caught:
        if issubclass(item.category, UserWarning):
            raise ModelError(f"XGBoost, {doing}: {item.message}")
        warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)


def matrix_of(block: Float32, native: CategoryColumns) -> Any:
    """A DMatrix of a block whose columns are those of ``native``."""
    import xgboost

    if not native.categories:
        return xgboost.DMatrix(block)
    return xgboost.DMatrix(block, feature_types=native.kinds, enable_categorical=True)


def save_booster(booster: Any, frame: TargetScaler, folder: Path) -> None:
    """Write ``folder/model.ubj`` (XGBoost's own format) and ``folder/model.json``."""
    frame.save(folder)
    booster.save_model(folder / FILE)


def load_booster(folder: Path) -> tuple[Any, TargetScaler]:
    """Load a booster written by ``save_booster``; ModelError names the file that cannot be read."""
    import xgboost

    frame = TargetScaler.load(folder)
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"{path}: expected a saved booster, there is no such file")
    with warnings_as_errors(f"reading {path}"):
        return xgboost.Booster(model_file=path), frame


@dataclass(frozen=True, eq=False)
class NativeXGBoost:
    """Base of fitted models that are one XGBoost booster of standardised targets; ``device`` is where it was fitted."""

    booster: Any
    frame: TargetScaler
    device: Device = "cpu"

    @property
    def rounds(self) -> int:
        """Rounds of boosting."""
        return int(self.booster.num_boosted_rounds())

    def outputs(self, rows: Rows, **options: bool) -> list[Any]:
        """The booster's own output for each batch of rows; ModelError where the columns are not those of training."""
        checked_columns(rows, self.frame.columns)
        with warnings_as_errors("predicting"):
            blocks = map(self.frame.native.joined, rows.batches())
            return [self.booster.predict(matrix_of(block, self.frame.native), **options) for block in blocks]

    def save(self, folder: Path) -> None:
        """Write ``model.ubj`` (XGBoost's own format) and ``model.json``."""
        save_booster(self.booster, self.frame, folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        return cls(*load_booster(folder))


def trained(parameters: Mapping[str, Any], matrix: Any, rounds: int, *, stop_on: Any = None, patience: int = 0) -> Any:
    """A booster of at most ``rounds`` rounds, cut at the best one on the matrix ``stop_on``, if given.

    DeviceError where it was not fitted on the ``device`` of its parameters; it predicts on the CPU, as after loading.
    """
    import xgboost

    evals, callbacks = [], []
    if stop_on is not None:
        evals = [(stop_on, "valid")]
        callbacks = [xgboost.callback.EarlyStopping(rounds=patience, save_best=True)]
    with warnings_as_errors("training"):
        booster = xgboost.train(dict(parameters), matrix, rounds, evals=evals, callbacks=callbacks, verbose_eval=False)
        return on_cpu(booster, parameters.get("device", "cpu"))


def placed(context: FitContext) -> FitContext:
    """The context with a device of its own for ``auto``: CUDA where this build of XGBoost trains there, else the CPU."""
    if context.device != "auto":
        return context
    reason = refusal()
    if reason is not None:
        _say_once(reason)
    return replace(context, device="cuda" if reason is None else "cpu")


@functools.cache
def refusal() -> str | None:
    """Reason why XGBoost does not train on CUDA, by one small trial; None where it does."""
    import xgboost

    values = np.arange(64, dtype=np.float32).reshape(32, 2)
    try:
        trained({"device": "cuda", "tree_method": "hist"}, xgboost.DMatrix(values, values[:, 0]), 1)
    except (ModelError, DeviceError) as error:
        # the library adds a trace of its own frames below
        return str(error).splitlines()[0]
    return None


@functools.cache
def _say_once(reason: str) -> None:
    log.warning("XGBoost trains on the CPU: %s", reason)


def on_cpu(booster: Any, device: Device) -> Any:
    """A booster that predicts on the CPU; DeviceError where it was not fitted where it should have been."""
    used = json.loads(booster.save_config())["learner"]["generic_param"]["device"]
    if not used.startswith(device):
        raise DeviceError(f"XGBoost was to run on {device} and ran on {used}: is a CUDA device visible?")
    booster.set_param({"device": "cpu"})
    return booster


def training_matrix(rows: Rows, native: CategoryColumns, *, max_bin: int, threads: int, weight: Float32 | None) -> Any:
    """The QuantileDMatrix of ``rows`` without labels, its columns those of ``native``, kept with the rows.

    Weights enter the quantile sketch, so they are given here and never set afterwards.
    """
    key = ("xgboost", native.categories, max_bin, weight_key(weight))
    return rows.prepared(
        key, lambda: _build(rows, native, max_bin=max_bin, threads=threads, weight=weight, reference=None)
    )


def validation_matrix(rows: Rows, native: CategoryColumns, *, reference: Any, max_bin: int, threads: int) -> Any:
    """The QuantileDMatrix of ``rows`` in the bins of ``reference``, kept with the rows.

    The reference is stored beside it, so that its id stays its own.
    """
    return rows.prepared(
        ("xgboost", id(reference)),
        lambda: (
            reference,
            _build(rows, native, max_bin=max_bin, threads=threads, weight=None, reference=reference),
        ),
    )[1]


def _build(
    rows: Rows, native: CategoryColumns, *, max_bin: int, threads: int, weight: Float32 | None, reference: Any
) -> Any:
    import xgboost

    weights = None if weight is None else checked_weight(rows, weight)

    class Batches(xgboost.DataIter):  # type: ignore[misc]  # the library has no types
        """Joins rows a batch at a time; XGBoost passes over them more than once.

        A class is part of a reference cycle, so its methods must not hold the rows: the matrices kept with
        those would outlive their fold until Python looks for cycles, which a few large objects do not make it do.
        """

        rows: Rows
        weights: Float64 | None

        def reset(self) -> None:
            self.blocks = self.rows.batches()
            self.start = 0

        def next(self, input_data: Any) -> bool:
            block = next(self.blocks, None)
            if block is None:
                return False
            stop = self.start + len(block)
            weight = None if self.weights is None else self.weights[self.start : stop]
            input_data(data=native.joined(block), weight=weight, feature_types=native.kinds)
            self.start = stop
            return True

    batches = Batches()
    batches.rows, batches.weights = rows, weights
    batches.reset()
    try:
        with warnings_as_errors("binning the columns"):
            return xgboost.QuantileDMatrix(
                batches,
                max_bin=max_bin,
                ref=reference,
                nthread=threads,
                enable_categorical=bool(native.categories),
            )
    finally:
        del batches.rows, batches.weights, batches.blocks
