"""Fitted scikit-learn estimators on disk, without pickle: skops writes them, and reads types that are trusted alone."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import MissingExtraError, ModelError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

FILE = "model.skops"

TRUSTED: tuple[str, ...] = (
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    *(
        f"sklearn.gaussian_process.kernels.{name}"
        for name in (
            "CompoundKernel",
            "ConstantKernel",
            "DotProduct",
            "Exponentiation",
            "ExpSineSquared",
            "Matern",
            "PairwiseKernel",
            "Product",
            "RBF",
            "RationalQuadratic",
            "Sum",
            "WhiteKernel",
        )
    ),
    *(
        f"sklearn.metrics._dist_metrics.{name}Distance64"
        for name in ("Chebyshev", "Euclidean", "Manhattan", "Minkowski")
    ),
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)
"""Parts of scikit-learn's regressors beyond what skops trusts by itself: containers of numbers that run no code of a file."""


def check_skops(label: str) -> None:
    """MissingExtraError where skops is not installed."""
    if find_spec("skops") is None:
        raise MissingExtraError("skops", "adapters", f"keeping the model {label}")


def write_estimator(estimator: Any, folder: Path, trusted: Collection[str]) -> None:
    """Write ``model.skops``; ModelError, and no file, for one that could not be written or read back without pickle."""
    data = _dumped(estimator)
    if untrusted := _untrusted(data, trusted):
        raise ModelError(
            f"{type(estimator).__name__} cannot be written without pickle: it holds {', '.join(untrusted)}, "
            "which this model does not trust"
        )
    (folder / FILE).write_bytes(data)


def read_estimator(folder: Path, trusted: Collection[str]) -> Any:
    """The estimator in ``model.skops``; ModelError naming the file where it is damaged or holds a type that is not trusted."""
    path = folder / FILE
    try:
        data = path.read_bytes()
        untrusted = _untrusted(data, trusted)
        if not untrusted:
            return _loaded(data, trusted)
    except _damage() as error:
        raise ModelError(f"{path}: expected an estimator that skops wrote, got: {error!r}") from error
    raise ModelError(f"{path}: holds {', '.join(untrusted)}, which this model does not trust")


def check_storable(estimator: Any, label: str, trusted: Collection[str]) -> None:
    """SettingsError where the fitted estimator cannot be written without pickle, tried by a fit on a few made-up rows."""
    check_skops(label)
    rng = np.random.default_rng(0)
    columns, target = rng.normal(size=(40, 3)), rng.uniform(1.0, 2.0, 40)
    try:
        fitted = estimator.fit(columns, target)
    except (ValueError, TypeError, ArithmeticError, RuntimeError, LookupError, AttributeError) as error:
        raise SettingsError(f"model {label}: cannot be fitted on 40 made-up rows of 3 columns: {error}") from error
    instead = "or say kept=False to compare it without keeping it"
    try:
        data = _dumped(fitted)
        if untrusted := _untrusted(data, trusted):
            raise SettingsError(
                f"model {label}: a bundle could not keep it without pickle, as it holds {', '.join(untrusted)}: "
                f"in a plug-in, name these in from_sklearn(..., trusted=[...]) if you trust their package, {instead}"
            )
        same = np.array_equal(_loaded(data, trusted).predict(columns), fitted.predict(columns))
    except _damage() as error:
        raise SettingsError(
            f"model {label}: a bundle could not keep it without pickle ({error}): "
            f"in a plug-in, wrap it with from_sklearn, {instead}"
        ) from error
    if not same:
        raise SettingsError(f"model {label}: predicts differently once it was written by skops: {instead}")


def _dumped(estimator: Any) -> bytes:
    from skops.io import dumps

    try:
        data: bytes = dumps(estimator)
    except _damage() as error:
        raise ModelError(f"{type(estimator).__name__} cannot be written without pickle: {error}") from error
    return data


def _untrusted(data: bytes, trusted: Collection[str]) -> list[str]:
    from skops.io import get_untrusted_types

    return sorted(set(get_untrusted_types(data=data)) - {*TRUSTED, *trusted})


def _loaded(data: bytes, trusted: Collection[str]) -> Any:
    from skops.io import loads

    return loads(data, trusted=[*TRUSTED, *trusted])


def _damage() -> tuple[type[Exception], ...]:
    """Exceptions for what skops cannot write or read: its own, and whatever a damaged file or a strange object leads to."""
    from zipfile import BadZipFile

    from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

    return (
        UnsupportedTypeException,
        UntrustedTypesFoundException,
        ModelError,
        BadZipFile,
        AssertionError,
        AttributeError,
        ImportError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        NotImplementedError,
    )
