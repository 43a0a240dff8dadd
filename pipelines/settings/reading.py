"""Settings from TOML files, from ``--set key=value`` words and from the manifest of a run."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, get_args, get_type_hints

from ...errors import SettingsError, did_you_mean
from ...schema import REGIME_BY_NAME
from .records import Settings

S = TypeVar("S")
Edges: TypeAlias = float | tuple[float, float, float] | None
"""Edge of a voxel, or three along the array axes."""

Repeats = int | Mapping[str, int] | None
"""Number of deals of the folds: one for all regimes, or one for each that is named."""

_WHOLE: Mapping[type, tuple[Any, ...]] = {int: (int, int | None, Repeats), bool: (bool, bool | None)}
"""Declared types that a whole number, and a truth value, may stand for."""

log = logging.getLogger(__name__)
RENAMED: Mapping[str, str] = {"impossible": "non_percolating"}
"""Settings that version 0.1 knew by another name."""
_NOT_TOML = (ValueError, RecursionError)
"""Exceptions that tomllib raises: its own error, and those of numbers too long and brackets too deep."""


def settings_of(values: Mapping[str, Any], *, where: str) -> Settings:
    """Settings from what ``as_dict`` gave, by way of JSON; SettingsError naming ``where`` it does not fit."""

    def given(record: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: given(value) if isinstance(value, Mapping) else value
            for key, value in record.items()
            if value is not None
        }

    return _updated(Settings(), given(values), where)


def read_settings(path: Path, base: Settings | None = None) -> Settings:
    """Settings from a TOML file, over ``base`` (default: the defaults).

    Parameters
    ----------
    path
        A file with a section for each part of ``Settings``.
    base
        Settings that hold where the file says nothing; None: the defaults.

    Returns
    -------
    Settings
        All of them.

    Raises
    ------
    SettingsError
        Naming the file where it cannot be read or holds an unknown key.

    Examples
    --------
    >>> from pathlib import Path
    >>> from poregrove.pipelines import read_settings
    >>> read_settings(Path("settings.toml")).target.life_cap  # doctest: +SKIP
    3000.0

    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, *_NOT_TOML) as error:
        raise SettingsError(f"settings file {path}: expected readable TOML, got: {error}") from error
    settings = _updated(base or Settings(), values, where=f"settings file {path}")
    beside = (str((path.parent / word).absolute()) if word.endswith(".py") else word for word in settings.plugins)
    return replace(settings, plugins=tuple(beside)) if "plugins" in values else settings


def apply_assignments(settings: Settings, assignments: Iterable[str]) -> Settings:
    """Settings changed by ``section.key=value`` words, values in TOML notation or bare text."""
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise SettingsError(f"--set {assignment}: expected section.key=value, as in target.life_cap=3000")
        nested: Any = _parse(text.strip())
        for part in reversed(key.strip().split(".")):
            nested = {part: nested}
        settings = _updated(settings, nested, where=f"--set {assignment}")
    return settings


def _parse(text: str) -> Any:
    try:
        values = tomllib.loads(f"value = {text}")
    except _NOT_TOML:
        return text
    return values["value"] if len(values) == 1 else text


def _updated(record: S, values: Mapping[str, Any], where: str) -> S:
    """``record`` with the named fields replaced, each checked against its declared type."""
    known = {item.name for item in fields(record)}  # type: ignore[arg-type]
    hints = get_type_hints(type(record))
    changes: dict[str, Any] = {}
    for given, value in values.items():
        key = _renamed(given, where)
        if key not in known:
            hint = did_you_mean(key, known) or ";"
            raise SettingsError(f"{where}: unknown setting {key!r}{hint} known here: {', '.join(sorted(known))}")
        current = getattr(record, key)
        if is_dataclass(current):
            if not isinstance(value, Mapping):
                raise SettingsError(f"{where}: {key!r} is a section, expected key = value lines, got {value!r}")
            changes[key] = _updated(current, value, where)
        elif hints[key] == Repeats and isinstance(value, Mapping):
            changes[key] = _repeats(value, key, where)
        elif isinstance(current, Mapping) and hints[key] != Repeats:
            changes[key] = _merged(current, value, key, where)
        else:
            changes[key] = _checked(value, hints[key], key, where)
    try:
        return replace(record, **changes)  # type: ignore[type-var]
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def _renamed(key: str, where: str) -> str:
    """The name of a setting today, for one that version 0.1 called otherwise."""
    if key in RENAMED:
        log.warning("%s: the setting %r is now called %r", where, key, RENAMED[key])
    return RENAMED.get(key, key)


def _merged(current: Mapping[str, Any], value: Any, key: str, where: str) -> dict[str, dict[str, Any]]:
    """The settings of named parts, those of one part over what it has already."""
    if not isinstance(value, Mapping) or not all(isinstance(part, Mapping) for part in value.values()):
        raise SettingsError(f"{where}: {key} expects {key}.name.setting = value, as in {key}.xgboost.rounds = 500")
    return {**current, **{name: {**current.get(name, {}), **part} for name, part in value.items()}}


def _repeats(value: Mapping[str, Any], key: str, where: str) -> dict[str, int]:
    """Numbers by regime."""
    for name, count in value.items():
        if name not in REGIME_BY_NAME:
            raise SettingsError(f"{where}: {key}: unknown regime {name!r}; known: {', '.join(REGIME_BY_NAME)}")
        if type(count) is not int:
            raise SettingsError(f"{where}: {key}.{name} expects a number from 1, got {count!r}")
    return dict(value)


def _numbers(value: Any, key: str, where: str) -> tuple[float, ...]:
    """A list of numbers, or one number, or numbers separated by commas."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    try:
        if not any(isinstance(part, bool) for part in parts):
            return tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        pass  # said below, with what came
    raise SettingsError(f"{where}: {key} expects numbers, as in [0.25, 0.5, 1], got {value!r}")


def _edges(value: Any, key: str, where: str) -> Edges:
    """One length, or three."""
    found = _numbers(value, key, where)
    if len(found) == 1:
        return found[0]
    if len(found) != 3:  # noqa: PLR2004  dimensions of space
        raise SettingsError(f"{where}: {key} expects a length in metres, or three, as in 3e-7,1e-7,1e-7, got {value!r}")
    return found[0], found[1], found[2]


def _checked(value: Any, hint: Any, key: str, where: str) -> Any:
    """``value`` as the declared type, or a SettingsError that says what is allowed."""
    text = str(hint)
    if "Literal" in text:
        allowed = get_args(hint)
        if value in allowed:
            return value
        raise SettingsError(f"{where}: {key} is one of {', '.join(map(str, allowed))}, got {value!r}")
    if hint in (float, float | None) and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise SettingsError(f"{where}: {key} expects a number that a computer can hold") from error
    if type(value) in (int, bool) and hint in _WHOLE[type(value)]:
        return value
    if hint in (str, str | None) and isinstance(value, str | int):
        return str(value)
    if hint in (tuple[float, ...], Edges):
        return _edges(value, key, where) if hint == Edges else _numbers(value, key, where)
    if text.startswith("tuple"):
        parts = value.split(",") if isinstance(value, str) else value
        if isinstance(parts, list | tuple) and all(isinstance(part, str) for part in parts):
            return tuple(part.strip() for part in parts if part.strip())
    raise SettingsError(f"{where}: {key} expects {getattr(hint, '__name__', text)}, got {value!r}")
