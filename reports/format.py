"""Format of numbers: significant digits, units, signs, durations and JSON as plain text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
DASH = "\N{EN DASH}"
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_UNITS = {"-": "", "ohm": "Ω", "m3": "m³", "m2/s": "m²/s", "m3/mol": "m³/mol", "mol/m3": "mol/m³"}
_LARGE, _SMALL = 1e6, 1e-3
_MINUTE, _HOUR = 60.0, 3600.0
_KIBI = 1024.0


def _grouped(text: str) -> str:
    """Digits before the point in groups of three, from five digits on, with a true minus sign."""
    sign, whole, rest = re.fullmatch(r"(-?)(\d+)(.*)", text).groups()  # type: ignore[union-attr]
    if len(whole) > 4:  # noqa: PLR2004  four digits read well without a gap
        whole = f"{int(whole):,}".replace(",", THIN)
    return (MINUS if sign else "") + whole + rest


def number(value: float | None, digits: int = 3, *, small: float = _SMALL) -> str:
    """``value`` to ``digits`` significant digits; powers of ten outside ``small`` to 1 000 000; a dash for NaN."""
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(rounded)))
    if abs(rounded) >= _LARGE or abs(rounded) < small:
        mantissa = f"{rounded / 10**exponent:.{digits - 1}f}"
        return f"{_grouped(mantissa)}{THIN}×{THIN}10{str(exponent).translate(_SUPERSCRIPT)}"
    return _grouped(f"{rounded:.{max(digits - 1 - exponent, 0)}f}")


def unit(name: str) -> str:
    """A unit as it is printed; nothing where the quantity is a plain number."""
    return _UNITS.get(name, name)


def quantity(value: float | None, name: str, digits: int = 3) -> str:
    """A number with its unit."""
    text, suffix = number(value, digits), unit(name)
    return text if not suffix or text == DASH else f"{text}{THIN}{suffix}"


def score(value: float | None, decimals: int = 2) -> str:
    """A skill, R2 or share to fixed decimals; large ones shorter."""
    if value is None or math.isnan(value):
        return DASH
    if abs(value) >= 10:  # noqa: PLR2004  decimals of a score of -37 say nothing
        return number(value, 2 if abs(value) < 100 else 3)  # noqa: PLR2004
    text = f"{value:.{decimals}f}"
    return _grouped(text.removeprefix("-") if float(text) == 0 else text)


def signed(value: float | None, decimals: int = 2) -> str:
    """A difference: like score, with a plus sign where it is positive."""
    text = score(value, decimals)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.") else text


def between(lo: float | None, hi: float | None, decimals: int = 2) -> str:
    """An interval, or nothing where there is none."""
    if lo is None or hi is None or math.isnan(lo) or math.isnan(hi):
        return ""
    return f"{score(lo, decimals)} to {score(hi, decimals)}"


def count(value: float | None) -> str:
    """A whole number, grouped."""
    if value is None or math.isnan(value):
        return DASH
    return _grouped(str(int(value)))


def percent(share: float | None, decimals: int = 0) -> str:
    """A share as a percentage; never 0 % or 100 % for what is neither."""
    if share is None or math.isnan(share):
        return DASH
    floor = 0.5 * 10.0**-decimals / 100
    if 0 < share < floor:
        return f"<{THIN}{10.0**-decimals:.{decimals}f}{THIN}%"
    if 1 - floor < share < 1:
        return f">{THIN}{100 - 10.0**-decimals:.{decimals}f}{THIN}%"
    return _grouped(f"{100 * share:.{decimals}f}") + f"{THIN}%"


def duration(seconds: float | None) -> str:
    """Seconds as a duration in ms, s, min or h."""
    if seconds is None or math.isnan(seconds):
        return DASH
    if seconds < 1:
        return f"{number(1000 * seconds, 2)}{THIN}ms"
    if round(seconds) < _MINUTE:
        return f"{number(seconds, 2)}{THIN}s"
    if round(seconds) < _HOUR:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}{THIN}min {rest}{THIN}s" if rest else f"{minutes}{THIN}min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{count(hours)}{THIN}h {minutes}{THIN}min"


def size(n_bytes: float | None) -> str:
    """Bytes in binary units."""
    if n_bytes is None or math.isnan(n_bytes):
        return DASH
    value, power = float(n_bytes), 0
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    while value >= _KIBI and power < len(units) - 1:
        value, power = value / _KIBI, power + 1
    return f"{number(value, 3)}{THIN}{units[power]}"


def date(text: str) -> str:
    """An ISO time stamp as a date and a time; anything else as it came."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment.tzname() or ''}".strip()


def alike(values: Iterable[float], digits: int = 3) -> list[str]:
    """Numbers that stand in one row: small ones stay decimal where the largest is."""
    found = list(values)
    most = max((abs(value) for value in found if math.isfinite(value)), default=0.0)
    return [number(value, digits, small=1e-6 if most >= _SMALL else _SMALL) for value in found]


def trimmed(value: float) -> str:
    """A number as it was set, without idle zeros."""
    return _grouped(f"{value:.6g}") if abs(value) < _LARGE and abs(value) >= 1e-4 else number(value)  # noqa: PLR2004


def lowered(text: str) -> str:
    """A label within a sentence: its first letter small, unless it begins an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def plural(n: int, one: str, many: str | None = None) -> str:
    """``3 volumes``, ``1 volume``."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def word(n: int) -> str:
    """Small counts as words."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else count(n)


def manifest_text(manifest: Mapping[str, object], limit: int = 150_000) -> str:
    """JSON for reading: one line a key, one line an item of a list.

    Beyond ``limit`` characters the longest lists are counted instead of shown, and the text says so.
    """
    parts = {key: _json_lines(value) for key, value in manifest.items()}
    for key in sorted(parts, key=lambda key: -len(parts[key])):
        value = manifest[key]
        if sum(map(len, parts.values())) <= limit or not isinstance(value, list):
            break
        parts[key] = json.dumps(f"{len(value)} entries, too long to show here; see manifest.json")
    return "{\n" + ",\n".join(f"{json.dumps(key, ensure_ascii=False)}: {text}" for key, text in parts.items()) + "\n}"


def _json_lines(value: object) -> str:
    def compact(item: object) -> str:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":"))

    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        return "[\n  " + ",\n  ".join(map(compact, value)) + "\n]"
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        return "{\n  " + ",\n  ".join(f"{compact(key)}: {compact(item)}" for key, item in value.items()) + "\n}"
    return compact(value)
