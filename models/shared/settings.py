"""Settings of a model as somebody gave them: refused by name where they are unknown or of another type."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from ...errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check_settings(name: str, model: type, settings: Mapping[str, Any]) -> None:
    """SettingsError naming a key that is no setting of a model's dataclass, or a value of another type than declared."""
    from ..base import ModelInfo

    hints = get_type_hints(model, localns={"ModelInfo": ModelInfo})  # models may import it for types only
    known = [item.name for item in fields(model) if item.init]
    for key, value in settings.items():
        if key not in known:
            raise SettingsError(f"model {name}: unknown setting {key!r}{known_ones(key, known)}")
        if not _fits(value, hints[key]):
            expected = getattr(hints[key], "__name__", str(hints[key]))
            raise SettingsError(f"model {name}: {key} expects {expected}, got {value!r}")


def known_ones(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: what it may have meant, and all that there are."""
    options = list(known)
    return f"{did_you_mean(name, options) or '.'} Known: {', '.join(options) or 'none'}"


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the declared type: a plain one, or a union of plain ones."""
    allowed = get_args(hint) or (hint,)
    if isinstance(value, bool):
        return bool in allowed
    return isinstance(value, allowed) or (isinstance(value, int) and float in allowed)
