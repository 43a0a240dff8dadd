"""A scikit-learn regressor as a model: columns without gaps where it wants none, seeds, threads and weights."""

from __future__ import annotations

import functools
import importlib
import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError, SettingsError, did_you_mean
from ..base import FitContext, Fitted, Kind, ModelInfo, Prediction, Rows, TrainingData
from ..shared.arrays import NpzModel
from ..shared.checks import TABLE_SETS, checked_columns, checked_size, checked_target, checked_weight, some_columns
from ..shared.clipping import target_range
from ..shared.log_columns import LogColumns
from ..shared.settings import known_ones
from ..shared.standardise import Encoding, encode
from ..shared.threads import thread_limit
from .estimator_file import FILE, check_storable, read_estimator, write_estimator
from .names import checked_name, name_of_class

if TYPE_CHECKING:
    from pathlib import Path

    from ...array_types import Float32, Float64

log = logging.getLogger(__name__)

_FAILURES = (ValueError, TypeError, ArithmeticError, RuntimeError, LookupError, AttributeError)
"""Exceptions of an estimator that cannot be fitted on what it was given."""


def from_sklearn(
    estimator: Any,
    *,
    name: str,
    label: str = "",
    meaning: str = "",
    reference: str = "",
    kind: Kind = "other",
    feature_sets: Sequence[str] = TABLE_SETS,
    max_rows: int | None = None,
    default: bool = True,
    scale_target: bool = True,
    trusted: Iterable[str] = (),
    kept: bool = True,
) -> EstimatorModel:
    """Any scikit-learn regressor, or pipeline that ends in one, as a model among the others.

    It is cloned for every fit. Columns are standardised; where it takes no gaps (its tag ``allow_nan``), gaps become
    the training median with an indicator column, and columns that span decades get their logarithm beside them, as
    those of the linear models do. The target is standardised too, and predictions keep to the range of the training
    targets, widened by a tenth. Every ``random_state`` is the seed of the fit and every ``n_jobs`` its threads; weights
    are handed on where ``fit`` takes ``sample_weight``.

    Parameters
    ----------
    estimator
        Not fitted. Its parameters are the settings of the model (``--set model.NAME.n_estimators=500``).
    name
        Of a-z, 0-9 and -, as tables and ``--models`` name it.
    label, meaning, reference
        What the report says of it; the name and the class by default.
    kind
        ``linear``, ``other`` or ``booster``: where it stands among the models.
    feature_sets
        The feature sets that it is given; those of the other models of tables by default.
    max_rows
        Rows above which it is left out, for one whose cost grows fast.
    default
        Whether it runs where no models are named.
    scale_target
        False for one that wants the target as it is, such as a regressor of counts.
    trusted
        Types beyond scikit-learn's own that may be read back from a bundle, as ``package.module.Class``.
    kept
        False to compare one that cannot be written without pickle; it is in no bundle then.

    Returns
    -------
    EstimatorModel
        Ready to fit, and found in a plug-in as a variable of its module.

    Raises
    ------
    SettingsError
        For what is no regressor, and for a name that cannot name a folder.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from poregrove.models import from_sklearn
    >>> from_sklearn(RandomForestRegressor(n_estimators=300), name="random-forest").info.label
    'random-forest'

    """
    from sklearn.base import is_regressor

    what = type(estimator).__name__
    if isinstance(estimator, type):
        raise SettingsError(f"model {name}: expected an estimator, got the class {estimator.__name__}; call it first")
    if not (hasattr(estimator, "fit") and hasattr(estimator, "get_params") and is_regressor(estimator)):
        raise SettingsError(f"model {name}: expected a scikit-learn regressor, {what} is none")
    if kind not in {"linear", "other", "booster"}:
        raise SettingsError(f"model {name}: kind is linear, other or booster, got {kind!r}")
    info = ModelInfo(
        name=checked_name(name),
        label=label or name,
        kind=kind,
        meaning=meaning or f"{what} of {type(estimator).__module__.partition('.')[0]}",
        feature_sets=tuple(feature_sets),
        max_rows=max_rows,
        extra="adapters",
        reference=reference,
        default=default,
        storable=kept,
    )
    return EstimatorModel(info, estimator, tuple(trusted), scale_target)


def estimator_named(word: str) -> EstimatorModel:
    """The model of ``package.module:Class``, with the parameters that the class has by default.

    SettingsError where there is no such class, or where it is no regressor that needs no argument.
    """
    module_name, _, class_name = word.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (ImportError, ValueError) as error:
        raise SettingsError(
            f"model {word!r}: expected package.module:Class of an installed package: {error}"
        ) from error
    made = getattr(module, class_name, None)
    if not isinstance(made, type):
        hint = did_you_mean(class_name, [name for name in dir(module) if isinstance(getattr(module, name), type)])
        raise SettingsError(f"model {word!r}: {module_name} has no class {class_name!r}{hint}")
    try:
        estimator = made()
    except TypeError as error:
        raise SettingsError(
            f"model {word!r}: needs arguments ({error}); give it in a plug-in, by from_sklearn"
        ) from error
    return from_sklearn(estimator, name=name_of_class(class_name), label=class_name)


@dataclass(frozen=True, eq=False)
class EstimatorColumns(NpzModel):
    """How the columns of rows, and the target, are given to the estimator.

    ``gaps``: whether it is given gaps as NaN; else they are filled and indicated.
    """

    columns: NDArray[np.str_]
    gaps: NDArray[np.bool_]
    log_positions: NDArray[np.intp]
    log_least: Float64
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    offset: Float64
    spread: Float64
    low: Float64
    high: Float64

    def apply(self, block: Float32) -> Float64:
        """float64[n, P]."""
        if self.gaps:
            width = block.shape[1]
            return (block.astype(np.float64) - self.mean[:width]) / self.scale[:width]
        logs = LogColumns(self.log_positions, self.log_least)
        return Encoding(self.median, self.indicated, self.mean, self.scale).apply(logs.appended(block))


@dataclass(frozen=True, eq=False)
class FittedEstimator:
    """A fitted estimator (None: the target is constant) with the columns that it was fitted on."""

    trusted: ClassVar[tuple[str, ...]] = ()
    storable: ClassVar[bool] = True

    seen: EstimatorColumns
    estimator: Any

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        checked_columns(rows, tuple(str(name) for name in self.seen.columns))
        parts = [np.zeros(0)]
        for block in rows.batches():
            if self.estimator is None:
                parts.append(np.zeros(len(block)))
            elif len(block):
                parts.append(_answers(self.estimator, self.seen.apply(block)))
        y = self.seen.offset + self.seen.spread * np.concatenate(parts)
        return Prediction.clipped(y, float(self.seen.low), float(self.seen.high))

    def save(self, folder: Path) -> None:
        """Write ``model.npz`` and ``model.skops``; ModelError, and no file, for one that is not kept."""
        if not self.storable:
            raise ModelError(f"{type(self.estimator).__name__} is not kept, as from_sklearn(..., kept=False) says")
        if self.estimator is not None:
            write_estimator(self.estimator, folder, self.trusted)
        self.seen.save(folder)

    @classmethod
    def load(cls, folder: Path) -> FittedEstimator:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        seen = EstimatorColumns.load(folder)
        constant = not seen.spread and not (folder / FILE).exists()
        return cls(seen, None if constant else read_estimator(folder, cls.trusted))


@dataclass(frozen=True, eq=False)
class EstimatorModel:
    """A scikit-learn regressor with its parameters; ``from_sklearn`` makes it."""

    info: ModelInfo
    estimator: Any
    trusted: tuple[str, ...] = ()
    scale_target: bool = True

    @property
    def fitted(self) -> type[Fitted]:
        """The class of its fitted models, which trust what it trusts."""
        about = {"trusted": self.trusted, "storable": self.info.storable}
        return type("FittedOwnEstimator", (FittedEstimator,), about)

    def with_settings(self, settings: dict[str, Any]) -> EstimatorModel:
        """The model with other parameters of its estimator; SettingsError names one that it does not have."""
        from sklearn.base import clone

        known = sorted(self.estimator.get_params())
        for key in settings:
            if key not in known:
                raise SettingsError(f"model {self.info.name}: unknown setting {key!r}{known_ones(key, known)}")
        return replace(self, estimator=clone(self.estimator).set_params(**settings))

    def check_storable(self) -> None:
        """SettingsError where a bundle could not keep it without pickle, or where it cannot be fitted at all."""
        if self.info.storable:
            with _quiet(self.info.label), _global_draws(0):
                check_storable(self._prepared(0, 1), self.info.name, self.trusted)

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> Fitted:
        """Fit a clone. ModelError for no columns, wrong targets, infinite values, and what the estimator refuses."""
        del valid
        names = some_columns(train.rows, self.info.label)
        checked_size(train.rows, self.info)
        target, weight = checked_target(train), checked_weight(train.rows, train.weight)
        estimator = self._prepared(context.seed, context.threads)
        seen = self._columns(names, train.rows, target, weight, gaps=_takes_gaps(estimator))
        if not seen.spread:
            return self.fitted(seen, None)  # type: ignore[call-arg]
        x = np.concatenate([seen.apply(block) for block in train.rows.batches()])
        with thread_limit(context.threads), _quiet(self.info.label), _global_draws(context.seed):
            try:
                estimator.fit(x, (target - seen.offset) / seen.spread, **_weights(estimator, train.weight, weight))
            except _FAILURES as error:
                raise ModelError(f"{self.info.label}: {type(error).__name__}: {error}") from error
        return self.fitted(seen, estimator)  # type: ignore[call-arg]

    def _prepared(self, seed: int, threads: int) -> Any:
        """A clone whose random states are the seed and whose jobs are the threads."""
        from sklearn.base import clone

        estimator = clone(self.estimator)
        given = {"random_state": seed, "n_jobs": threads}
        names = estimator.get_params()
        return estimator.set_params(**{key: given[end] for key in names if (end := key.rpartition("__")[2]) in given})

    def _columns(
        self, names: tuple[str, ...], rows: Rows, target: Float64, weight: Float64, *, gaps: bool
    ) -> EstimatorColumns:
        logs = LogColumns.of(rows)
        encoding = encode(rows, weight) if gaps else encode(rows, weight, logs.appended)
        offset, spread = float(np.average(target, weights=weight)), float(target.std())
        constant = not spread > np.finfo(np.float32).eps * abs(offset)
        if not self.scale_target and not constant:
            offset, spread = 0.0, 1.0
        low, high = target_range(target)
        return EstimatorColumns(
            columns=np.array(names),
            gaps=np.asarray(gaps),
            log_positions=logs.positions,
            log_least=logs.least,
            median=encoding.median,
            indicated=encoding.indicated,
            mean=encoding.mean,
            scale=encoding.scale,
            offset=np.asarray(offset),
            spread=np.asarray(0.0 if constant else spread),
            low=np.asarray(low),
            high=np.asarray(high),
        )


def _takes_gaps(estimator: Any) -> bool:
    """Whether an estimator says that it takes NaN."""
    from sklearn.utils import get_tags

    return bool(get_tags(estimator).input_tags.allow_nan)


def _weights(estimator: Any, given: Any, weight: Float64) -> dict[str, Float64]:
    from sklearn.utils.validation import has_fit_parameter

    return {"sample_weight": weight} if given is not None and has_fit_parameter(estimator, "sample_weight") else {}


def _answers(estimator: Any, x: Float64) -> Float64:
    try:
        y = np.asarray(estimator.predict(x), np.float64)
    except _FAILURES as error:
        raise ModelError(f"{type(estimator).__name__}: {type(error).__name__}: {error}") from error
    if y.shape == (len(x), 1):
        y = y[:, 0]
    if y.shape != (len(x),) or not np.isfinite(y).all():
        raise ModelError(f"{type(estimator).__name__}: expected {len(x)} finite values, got {y.dtype}{list(y.shape)}")
    return y


@contextmanager
def _quiet(label: str) -> Iterator[None]:
    """Within it a warning of scikit-learn, such as that an optimiser did not converge, is logged once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for item in caught:
        _say_once(label, f"{item.category.__name__}: {str(item.message).splitlines()[0]}")


@functools.cache
def _say_once(label: str, message: str) -> None:
    log.warning("%s: %s", label, message)


@contextmanager
def _global_draws(seed: int) -> Iterator[None]:
    """Within it numpy's global random state is of the seed, for estimators that draw from it; then as it was."""
    before = np.random.get_state(legacy=False)  # noqa: NPY002  estimators without random_state, such as SVR, take it
    np.random.seed(seed)  # noqa: NPY002  the same
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002  the same
