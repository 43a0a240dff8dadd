"""Provenance of the numbers: the command that repeats the run, versions, settings, the whole manifest."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .context import Context
from .estimate import number

_MACHINE: Mapping[str, str] = {
    "python": "Python",
    "platform": "platform",
    "cpu_count": "processor cores",
    "device": "device",
}


@dataclass(frozen=True)
class Provenance:
    """The run's identity and its manifest as it stands in the folder."""

    name: str
    version: str
    created: str
    finished: str
    command: str
    versions: tuple[tuple[str, str], ...]
    plugins: tuple[tuple[str, str], ...]
    """What others added to the run: name and version, and what came of it."""
    machine: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    seeds: str
    manifest: Mapping[str, Any]
    schema_version: int


def provenance(context: Context) -> Provenance:
    """Identity of the run, from its manifest alone."""
    manifest = context.run.manifest
    command = manifest.get("command") or ()
    return Provenance(
        name=str(manifest["name"]),
        version=str(manifest.get("poregrove_version") or "unknown"),
        created=str(manifest.get("created") or ""),
        finished=str(manifest.get("finished") or ""),
        command=command if isinstance(command, str) else shlex.join(map(str, command)),
        versions=_pairs(manifest.get("versions")),
        plugins=tuple(map(_plugin, manifest.get("plugins") or ())),
        machine=tuple((_MACHINE.get(key, key), value) for key, value in _pairs(manifest.get("machine"))),
        settings=tuple(_flat(manifest.get("settings") or {})),
        seeds=_text(manifest.get("seeds")),
        manifest=manifest,
        schema_version=int(number(manifest["schema_version"])),
    )


def _plugin(record: Mapping[str, Any]) -> tuple[str, str]:
    name = " ".join(str(record[key]) for key in ("name", "version") if record.get(key))
    parts = [f"{part} {_text(record[part])}" for part in ("models", "descriptors", "checks") if record.get(part)]
    return name, "; ".join([*parts, f"SHA-256 {record['digest']}"])


def _pairs(values: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), _text(value)) for key, value in (values or {}).items())


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        found += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", _text(value))]
    return found


def _text(value: object) -> str:
    if value is None or value in ([], ()):
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
