"""Durations as people write and read them."""

from __future__ import annotations

import re

from ...errors import SettingsError

_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_FORM = re.compile("".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?){unit}(?:in)?)?" for unit in _SECONDS))
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def seconds_of(text: str, what: str = "--budget") -> float:
    """Seconds of ``8h``, ``30m``, ``1h30m``, ``90s`` or ``1.5h``; SettingsError where it is no such duration above 0."""
    found = _FORM.fullmatch("".join(text.split()).lower())
    parts = {} if found is None else {unit: float(n) for unit, n in found.groupdict().items() if n is not None}
    seconds = sum(n * _SECONDS[unit] for unit, n in parts.items())
    if not 0.0 < seconds < float("inf"):
        raise SettingsError(f"{what} expects a duration above 0, as in 8h, 30m, 1h30m or 90s, got {text!r}")
    return seconds


def in_words(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``: two units at most, no more digits than an estimate has."""
    if seconds < 0.95:  # noqa: PLR2004  below a second
        return f"{seconds:.1g} s" if seconds > 0 else "0 s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        hours, minutes = divmod(round(seconds / _MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / _HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
