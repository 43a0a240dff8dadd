"""Registry of the models: every class in a file of this folder that declares ``info``, and what plug-ins add.

Adding a model is adding one file. Nothing heavy is imported to list models or to create one. A plug-in's module adds
classes that declare ``info``, and models with their settings as ``from_sklearn`` and ``from_torch`` make them.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, get_args

from ..errors import SettingsError
from ..plugin_modules import entries_of
from .base import Fitted, Kind, Model, ModelInfo
from .shared.settings import check_settings, known_ones

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ENTRY_POINTS = "poregrove.models"
"""Group of entry points whose modules add models."""


class RegisteredModel(Model, Protocol):
    """Interface of a model class that declares ``info`` and ``fitted``."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]]


@dataclass(frozen=True, eq=False)
class _Added:
    """A model of a plug-in: a class, or a model with its settings, and the module or word it came by."""

    model: Any
    origin: str


_added: dict[str, _Added] = {}


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
    return tuple(model.info for model in _models().values())


def registered() -> tuple[type[RegisteredModel], ...]:
    """The classes of the models of this package, in the same order."""
    return tuple(_own().values())


def origin_of(name: str) -> str:
    """The module of a plug-in, or the ``package.module:Class``, that a model came by; empty for those of this package."""
    return _added[name].origin if name in _added else ""


def add(found: object, origin: str) -> tuple[str, ...]:
    """Add the models of a plug-in: those that a module declares, or one class or model; their names.

    SettingsError naming both sides where a name is taken, and then none is added.
    """
    new = {model.info.name: _Added(model, origin) for model in _models_in(found, origin)}
    for name, item in new.items():
        there = _added.get(name)
        if name in _own():
            raise SettingsError(f"two models are called {name!r}: that of {origin} and {_own()[name].__module__}")
        if there is not None and there.origin != origin and there.model is not item.model:
            raise SettingsError(f"two models are called {name!r}: that of {origin} and of {there.origin}")
    _added.update(new)
    return tuple(new)


@cache
def import_entry_points() -> None:
    """Add the models that installed packages name, once; SettingsError where one cannot be loaded."""
    for entry, module in entries_of(ENTRY_POINTS):
        add(entry, module)


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
    if isinstance(model, type):
        check_settings(name, model, settings)
        created: Model = model(**settings)
    elif hasattr(model, "with_settings"):
        created = model.with_settings(settings)
    else:
        check_settings(name, type(model), settings)
        created = replace(model, **settings)
    return created


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
    fitted: Fitted = _model(name).fitted.load(folder)
    return fitted


def _model(name: str) -> Any:
    models = _models()
    if name not in models:
        raise SettingsError(f"unknown model {name!r}{known_ones(name, models)}")
    return models[name]


def _models() -> Mapping[str, Any]:
    """All models by name, in their order."""
    import_entry_points()
    return _ordered([*_own().values(), *(item.model for item in _added.values())]) if _added else _own()


@cache
def _own() -> Mapping[str, type[RegisteredModel]]:
    package = importlib.import_module(__package__)
    names = [item.name for item in pkgutil.iter_modules(package.__path__)]
    found = [model for name in names for model in _classes_in(importlib.import_module(f"{__package__}.{name}"))]
    models = _ordered(found)
    if len(models) < len(found):
        raise SettingsError(f"two models share a name among {', '.join(model.info.name for model in found)}")
    return models


def _ordered(models: Iterable[Any]) -> dict[str, Any]:
    kinds = get_args(Kind)
    by_kind = sorted(models, key=lambda model: (kinds.index(model.info.kind), _complexity(model.info), model.info.name))
    return {model.info.name: model for model in by_kind}


def _models_in(found: object, origin: str) -> list[Any]:
    if not isinstance(found, ModuleType):
        if not isinstance(getattr(found, "info", None), ModelInfo):
            raise SettingsError(f"plug-in {origin}: expected a module or a model with info, got {found!r}")
        return [found]
    ready = [
        value
        for value in vars(found).values()
        if not isinstance(value, type) and isinstance(getattr(value, "info", None), ModelInfo) and hasattr(value, "fit")
    ]
    return [*_classes_in(found), *ready]


def _classes_in(module: ModuleType) -> list[type[RegisteredModel]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and isinstance(vars(value).get("info"), ModelInfo)
    ]


def _complexity(info: ModelInfo) -> tuple[int, int]:
    return len(info.requires_seen_ids), len(info.columns)
