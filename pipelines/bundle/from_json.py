"""Values from JSON as the types that records declare; anything else is refused."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def record(kind: type[T], values: Any) -> T:
    """A frozen record from a JSON object with its fields, each of its declared type.

    Lists become tuples, and null where a number is due becomes NaN. Raises TypeError saying which
    field expects what.
    """
    given = _object(values, kind.__name__)
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    if not given.keys() <= known:
        raise TypeError(f"{kind.__name__} has no field {min(given.keys() - known)!r}")
    return kind(**{name: typed(hints[name], value, f"{kind.__name__}.{name}") for name, value in given.items()})


def typed(hint: Any, value: Any, what: str) -> Any:
    """``value`` as the type ``hint``; TypeError naming ``what``. Knows the types that records of a bundle have."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return record(hint, value)  # type: ignore[arg-type]
    if origin is Literal:
        return _of(value in arguments, value, what, hint)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        exact = [argument for argument in inner if argument is type(value)]
        return None if value is None else typed((exact or inner)[0], value, what)
    if origin is tuple:
        return _tuple(arguments, value, what)
    if origin is Mapping:
        return {name: typed(arguments[1], item, f"{what}.{name}") for name, item in _object(value, what).items()}
    fits = hint is Any or type(value) is hint
    return _float(value, what) if hint is float else _of(fits, value, what, hint)


def _tuple(arguments: tuple[Any, ...], value: Any, what: str) -> tuple[Any, ...]:
    _of(isinstance(value, list | tuple), value, what, tuple)
    kinds = [arguments[0]] * len(value) if arguments[-1] is ... else list(arguments)
    _of(len(value) == len(kinds), value, what, tuple)
    return tuple(typed(kind, item, what) for kind, item in zip(kinds, value, strict=True))


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} expects an object, got {value!r:.80}")
    return value


def _float(value: Any, what: str) -> float:
    if value is None:
        return math.nan
    _of(isinstance(value, int | float) and not isinstance(value, bool), value, what, float)
    try:
        return float(value)
    except OverflowError as error:
        raise TypeError(f"{what} expects a number that a computer can hold") from error


def _of(fits: bool, value: Any, what: str, hint: Any) -> Any:  # noqa: FBT001  the condition is the point
    if not fits:
        raise TypeError(f"{what} expects {getattr(hint, '__name__', hint)}, got {value!r:.80}")
    return value
