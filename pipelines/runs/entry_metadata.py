"""What an entry says of itself: label, kind, reference, device, parameters and seconds, checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ...errors import EntryError

KINDS = ("network", "booster", "linear", "law", "ensemble", "other")
"""Kinds of entries; a trivial baseline is what skill is measured against, so none can be entered."""


@dataclass(frozen=True)
class EntryMetadata:
    """Metadata that an entry states; seconds are of all its trainings and predictions together."""

    label: str | None = None
    kind: str = "network"
    reference: str | None = None
    device: str | None = None
    parameters: int | None = None
    seconds_fit: float | None = None
    seconds_predict: float | None = None
    folds_digest: str | None = None


def json_of(path: Path) -> Any:
    """The values of a JSON file; EntryError where it cannot be read."""
    try:
        return parsed(path.read_bytes(), str(path))
    except OSError as error:
        raise EntryError(f"{path}: expected readable JSON, got: {error}") from error


def parsed(text: bytes, where: str) -> Any:
    """The values of JSON; EntryError naming ``where`` it stands."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EntryError(f"{where}: expected JSON, got: {error}") from error


def metadata_of(values: Any, where: str, *, strict: bool) -> EntryMetadata:
    """Metadata from plain values; ``strict`` refuses other keys, which attributes of a table may well have.

    EntryError naming ``where`` and the key that is unknown or holds something else.
    """
    known = {item.name for item in fields(EntryMetadata)}
    if not isinstance(values, Mapping):
        raise EntryError(f"{where}: expected a JSON object, got {type(values).__name__}")
    if strict and (odd := sorted(set(values) - known)):
        raise EntryError(f"{where}: unknown key {', '.join(odd)}; known: {', '.join(sorted(known))}")
    told = {key: values[key] for key in known & set(values) if values[key] is not None}
    for key, value in told.items():
        told[key] = _told(key, value, where)
    return EntryMetadata(**told)


def _told(key: str, value: Any, where: str) -> Any:
    if key == "kind" and value not in KINDS:
        raise EntryError(f"{where}: kind is one of {', '.join(KINDS)}, got {value!r}")
    if key in ("parameters", "seconds_fit", "seconds_predict"):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise EntryError(f"{where}: {key} expects a number from 0, got {value!r}")
        return int(value) if key == "parameters" else float(value)
    if not isinstance(value, str) or not value.isprintable():
        raise EntryError(f"{where}: {key} expects a line of text, got {value!r}")
    return value
