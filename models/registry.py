"""Registry of the models: every class in a file of this folder that declares ``info``.

Adding a model is adding one file. Nothing heavy is imported to list models or to create one.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, get_args, get_type_hints

from ..errors import SettingsError, did_you_mean
from .base import Fitted, Kind, Model, ModelInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class RegisteredModel(Model, Protocol):
    """Interface of a model class that declares ``info`` and ``fitted``."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]]


def available() -> tuple[ModelInfo, ...]:
    """All models: trivial first, then laws, linear, boosters, networks; within a kind the simplest first.

    Returns
    -------
    tuple of ModelInfo
        Name, requirements and devices of each model.

    Examples
    --------
    >>> from poregrove.models import available
    >>> available()[0].name
    'mean'

    """
    return tuple(model.info for model in registered())


def registered() -> tuple[type[RegisteredModel], ...]:
    """The classes of all models, in the same order."""
    return tuple(_models().values())


def create(name: str, **settings: Any) -> Model:
    """The model ``name`` with the given settings over its defaults.

    Parameters
    ----------
    name
        As in ``available()``.
    **settings
        Fields of the model's dataclass.

    Returns
    -------
    Model
        Ready to fit.

    Raises
    ------
    SettingsError
        For an unknown name or setting (naming the nearest one), and for a value of another type than declared.

    Examples
    --------
    >>> from poregrove.models import create
    >>> create("xgboost", rounds=200).rounds
    200

    """
    model = _model(name)
    hints = get_type_hints(model, localns={"ModelInfo": ModelInfo})  # models may import it for types only
    known = [item.name for item in fields(model)]  # type: ignore[arg-type]
    for key, value in settings.items():
        if key not in known:
            raise SettingsError(f"model {name}: unknown setting {key!r}{_hint(key, known)}")
        if not _fits(value, hints[key]):
            expected = getattr(hints[key], "__name__", str(hints[key]))
            raise SettingsError(f"model {name}: {key} expects {expected}, got {value!r}")
    return model(**settings)


def load(name: str, folder: Path) -> Fitted:
    """The fitted model that ``save`` wrote into ``folder``.

    Parameters
    ----------
    name
        Of the model, as in ``available()``.
    folder
        What ``save`` was given.

    Returns
    -------
    Fitted
        It predicts as before it was saved.

    Raises
    ------
    SettingsError
        For an unknown name.
    ModelError
        Where the files cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from poregrove.models import FitContext, Rows, TrainingData, create, load
    >>> from poregrove.models.base import Columns
    >>> places = np.arange(3, dtype=np.int32)
    >>> rows = Rows(np.zeros((3, 0), np.float32), np.zeros((3, 0), np.float32), places, places, Columns())
    >>> fitted = create("mean").fit(TrainingData(rows, np.array([1, 2, 3], np.float32)), None, FitContext())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fitted.save(Path(folder))
    ...     load("mean", Path(folder)).predict(rows).y.tolist()
    [2.0, 2.0, 2.0]

    """
    return _model(name).fitted.load(folder)


def _model(name: str) -> type[RegisteredModel]:
    models = _models()
    if name not in models:
        raise SettingsError(f"unknown model {name!r}{_hint(name, models)}")
    return models[name]


@cache
def _models() -> Mapping[str, type[RegisteredModel]]:
    package = importlib.import_module(__package__)
    names = [item.name for item in pkgutil.iter_modules(package.__path__)]
    found = [model for name in names for model in _declared_in(f"{__package__}.{name}")]
    kinds = get_args(Kind)
    found.sort(key=lambda model: (kinds.index(model.info.kind), _complexity(model.info), model.info.name))
    models = {model.info.name: model for model in found}
    if len(models) < len(found):
        raise SettingsError(f"two models share a name among {', '.join(model.info.name for model in found)}")
    return models


def _declared_in(module_name: str) -> list[type[RegisteredModel]]:
    module = importlib.import_module(module_name)
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module_name
        and isinstance(vars(value).get("info"), ModelInfo)
    ]


def _complexity(info: ModelInfo) -> tuple[int, int]:
    return len(info.requires_seen_ids), len(info.columns)


def _hint(name: str, known: Iterable[str]) -> str:
    options = list(known)
    return f"{did_you_mean(name, options) or '.'} Known: {', '.join(options) or 'none'}"


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the declared type: a plain one, or a union of plain ones."""
    allowed = get_args(hint) or (hint,)
    if isinstance(value, bool):
        return bool in allowed
    return isinstance(value, allowed) or (isinstance(value, int) and float in allowed)
