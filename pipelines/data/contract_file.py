"""A contract as a TOML file: read with every key checked, written so that it reads back equal."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from ...errors import SettingsError, did_you_mean
from ...features.description import descriptors
from ...features.physics import quantities
from ...schema import (
    BUILT_IN,
    METRES,
    OBSERVATIONS,
    ROWS,
    TARGET_BY_NAME,
    VOLUMES,
    Contract,
    DataSpec,
    InputKind,
    InputSpec,
    Scale,
    TargetSpec,
)

EDIT = "?"
"""Placeholder for a value that could not be guessed and must be replaced by hand."""
_SECTIONS = ("data", "inputs", "targets")
_BUILT_IN = "built_in"
"""Key of a file that is the built-in contract and has no section."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_AXES = (0, 1, 2)
_INPUT_KEYS = tuple(item.name for item in fields(InputSpec) if item.name != "name")
_TARGET_KEYS = ("column", "label", "unit", "weight", "scale", "volume_only", "low", "high", "meaning", "derivable")
_OF_RUN_TABLES = frozenset({*OBSERVATIONS.names, *ROWS.names, *VOLUMES.names}) - set(TARGET_BY_NAME)
_WITH_RULES = frozenset(target.name for target in TARGET_BY_NAME.values() if not target.volume_only)
RESERVED_NAMES = _OF_RUN_TABLES | _WITH_RULES
"""Names that no input or target may have: columns of every run, and targets with rules of their own."""


def read_contract(path: Path) -> Contract:
    """The contract in a TOML file.

    Raises SettingsError naming the file and the key that is unknown, missing, of another type or out of
    range, or the line that ``init`` left to be edited.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"contract {path}: expected readable TOML, got: {error}") from error
    for key, value in _leaves(values):
        if value == EDIT:
            raise SettingsError(
                f"contract {path}: line {_line_of(text, key)}, {key} = {EDIT!r}, must be edited by hand"
            )
    return contract_of(values, where=f"contract {path}")


def contract_of(values: Mapping[str, Any], *, where: str) -> Contract:
    """The contract of nested values as TOML has them, ``built_in = true`` alone being the built-in one.

    SettingsError beginning with ``where``.
    """
    if _BUILT_IN in values:
        return _built_in(values, where)
    _check_keys(values, _SECTIONS, where, "section")
    data = _data(_table(values.get("data", {}), f"{where}: data"), f"{where}: data")
    inputs = tuple(
        _input(name, _table(value, f"{where}: inputs.{name}"), f"{where}: inputs.{name}")
        for name, value in _table(values.get("inputs", {}), f"{where}: inputs").items()
    )
    targets = tuple(
        _target(name, _table(value, f"{where}: targets.{name}"), f"{where}: targets.{name}")
        for name, value in _table(values.get("targets", {}), f"{where}: targets").items()
    )
    contract = Contract(data, inputs, targets)
    _check_whole(contract, where)
    return contract


def _built_in(values: Mapping[str, Any], where: str) -> Contract:
    if values[_BUILT_IN] is not True:
        raise SettingsError(f"{where}: {_BUILT_IN} expects true, got {values[_BUILT_IN]!r}")
    if others := [key for key in values if key != _BUILT_IN]:
        raise SettingsError(
            f"{where}: {_BUILT_IN} = true stands alone, its inputs and targets are fixed; got {others[0]!r} too"
        )
    return BUILT_IN


def contract_text(contract: Contract, comments: Mapping[str, str] | None = None) -> str:
    """The contract as TOML; ``comments`` by dotted key stand behind their line, by section above it."""
    if contract.built_in:
        return f"{_BUILT_IN} = true\n"
    return sections_text(sections_of(contract), comments or {})


def sections_of(contract: Contract) -> dict[str, dict[str, Any]]:
    """The sections of a contract file with the values that differ from their defaults."""
    sections = {"data": _values(contract.data)}
    sections |= {f"inputs.{item.name}": _values(item) for item in contract.inputs}
    for target in contract.outputs:
        values = {key: value for key, value in _values(target).items() if key not in ("descriptor", "derivable")}
        if target.descriptor is not None:
            values["derivable"] = target.descriptor
        sections[f"targets.{target.name}"] = values
    return sections


def sections_text(sections: Mapping[str, Mapping[str, Any]], comments: Mapping[str, str]) -> str:
    """Sections as TOML; ``comments`` by section stand above it, by dotted key behind their line."""
    parts = ["\n".join(_section(name, values, comments)) for name, values in sections.items()]
    return "\n\n".join(parts) + "\n"


def run_contract(folder: Path) -> Contract:
    """The contract of a run folder: ``contract.toml`` in it, else the built-in one. SettingsError as ``read_contract``."""
    path = folder / "contract.toml"
    try:
        return _kept(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return BUILT_IN


@lru_cache(maxsize=4)
def _kept(path: Path, _changed: int) -> Contract:
    return read_contract(path)


def _data(values: Mapping[str, Any], where: str) -> DataSpec:
    _check_keys(values, [item.name for item in fields(DataSpec)], where, "key")
    given = dict(values)
    if "pore" in given:
        pore = given["pore"] if isinstance(given["pore"], list) else [given["pore"]]
        if not all(type(value) is int for value in pore):
            raise SettingsError(f"{where}.pore expects grey values such as [0] or [0, 30], got {values['pore']!r}")
        given["pore"] = tuple(pore)
    if given.get("axis", 0) not in _AXES:
        raise SettingsError(f"{where}.axis is one of 0, 1, 2, got {given['axis']!r}")
    if given.get("voxel_unit", "m") not in METRES:
        raise SettingsError(f"{where}.voxel_unit is one of {', '.join(METRES)}, got {given['voxel_unit']!r}")
    if given.get("non_percolating", "keep") not in ("keep", "drop"):
        raise SettingsError(f"{where}.non_percolating is one of keep, drop, got {given['non_percolating']!r}")
    size = given.get("voxel_size")
    edges = size if isinstance(size, list) and len(size) == 3 else [size]  # noqa: PLR2004  dimensions of space
    words = all(isinstance(edge, str) for edge in edges)
    if size is not None and not words and not all(_is_number(edge) and float(edge or 0) > 0 for edge in edges):
        raise SettingsError(
            f"{where}.voxel_size expects a column, or a length above 0, or three of either, got {size!r}"
        )
    if len(edges) > 1:
        given["voxel_size"] = tuple(edges)
    for key in ("filename", "sample", "design", "ok", "porosity", "images"):
        if not isinstance(given.get(key, ""), str):
            raise SettingsError(f"{where}.{key} expects a name in quotes, got {given[key]!r}")
    return DataSpec(**given)


def _input(name: str, values: Mapping[str, Any], where: str) -> InputSpec:
    _check_keys(values, _INPUT_KEYS, where, "key")
    _check_name(name, where)
    given = {"column": name, **values}
    _check_types(given, {"column": str, "unit": str, "meaning": str, "log": bool}, where)
    if given.get("kind", "number") not in get_args(InputKind):
        raise SettingsError(f"{where}.kind is one of {', '.join(get_args(InputKind))}, got {given['kind']!r}")
    levels = given.get("levels", [])
    if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
        raise SettingsError(f'{where}.levels expects words, as in ["PVDF", "CMC"], got {levels!r}')
    is_category = given.get("kind") == "category"
    if levels and not is_category:
        raise SettingsError(f'{where}.levels belongs to kind = "category"')
    if given.get("log") and given.get("kind", "number") != "number":
        raise SettingsError(f'{where}.log belongs to kind = "number"')
    return InputSpec(name=name, **{**given, "levels": tuple(dict.fromkeys(levels))})


def _target(name: str, values: Mapping[str, Any], where: str) -> TargetSpec:
    _check_keys(values, _TARGET_KEYS, where, "key")
    _check_name(name, where)
    if name in _WITH_RULES:
        raise SettingsError(
            f"{where}: {name!r} is computed by rules of the built-in contract; choose another name, as in {name}_given"
        )
    given: dict[str, Any] = {"column": name, **values}
    words = dict.fromkeys(("column", "label", "unit", "meaning", "derivable"), str)
    _check_types(given, {**words, "volume_only": bool}, where)
    if given.get("scale", "raw") not in get_args(Scale):
        raise SettingsError(f"{where}.scale is one of {', '.join(get_args(Scale))}, got {given['scale']!r}")
    for key in ("weight", "low", "high"):
        if key in given and not _is_number(given[key]):
            raise SettingsError(f"{where}.{key} expects a finite number, got {given[key]!r}")
    if given.get("weight", 1.0) < 0:
        raise SettingsError(f"{where}.weight expects a number from 0, got {given['weight']!r}")
    if "low" in given and "high" in given and not given["low"] < given["high"]:
        raise SettingsError(f"{where}: low is {given['low']!r}, which is not below high, {given['high']!r}")
    descriptor = given.pop("derivable", None)
    tiers = {column.name: column.tier for column in descriptors()}
    if descriptor is not None and descriptor not in tiers:
        hint = did_you_mean(descriptor, tiers)
        raise SettingsError(f"{where}.derivable names a descriptor, there is none of the name {descriptor!r}{hint}")
    given |= {key: float(given[key]) for key in ("weight", "low", "high") if key in given}
    return TargetSpec(name=name, descriptor=descriptor, derivable=tiers.get(descriptor or ""), **given)


def _check_whole(contract: Contract, where: str) -> None:
    """Refuse what no single entry shows: names and columns that stand twice, targets without inputs."""
    if not contract.outputs:
        raise SettingsError(f"{where}: expected at least one section [targets.NAME]")
    inputs, targets = [item.name for item in contract.inputs], [item.name for item in contract.outputs]
    if twice := sorted({*inputs} & {*targets}):
        raise SettingsError(f"{where}: {twice[0]!r} is the name of an input and of a target")
    columns: dict[str, str] = {}
    named = [(f"inputs.{item.name}", item.column) for item in contract.inputs]
    named += [(f"targets.{item.name}", item.column) for item in contract.outputs]
    for key, column in named:
        if column in columns:
            raise SettingsError(f"{where}: {columns[column]} and {key} both take the column {column!r}")
        columns[column] = key
    taken = {column.name for column in descriptors()} | {item.name for item in quantities()}
    for scalar in contract.scalars:
        if scalar.name in taken:
            raise SettingsError(
                f"{where}: inputs.{scalar.name} has the name of a descriptor; choose another, as in {scalar.name}_given"
            )
    if not contract.inputs and (alone := [item.name for item in contract.outputs if not item.volume_only]):
        raise SettingsError(
            f"{where}: without any [inputs.NAME] a target depends on the volume alone; "
            f"expected targets.{alone[0]}.volume_only = true"
        )


def _check_name(name: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where}: a name is made of letters, digits and _, and begins with a letter, got {name!r}")
    if name in _OF_RUN_TABLES or name.endswith("_reason"):
        raise SettingsError(f"{where}: {name!r} is a column of every run; choose another name, as in {name}_given")


def _check_keys(values: Mapping[str, Any], known: Iterable[str], where: str, what: str) -> None:
    names = list(known)
    for key in values:
        if key not in names:
            hint = did_you_mean(key, names) or ";"
            raise SettingsError(f"{where}: unknown {what} {key!r}{hint} known here: {', '.join(names)}")


def _check_types(values: Mapping[str, Any], kinds: Mapping[str, type], where: str) -> None:
    for key, kind in kinds.items():
        if key in values and type(values[key]) is not kind:
            words = "true or false" if kind is bool else "text in quotes"
            raise SettingsError(f"{where}.{key} expects {words}, got {values[key]!r}")


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where} is a section, expected key = value lines, got {value!r}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _line_of(text: str, key: str) -> int:
    """Number of the line that sets a dotted key, as ``contract_text`` writes it; 1 where it is written otherwise."""
    section, _, last = key.rpartition(".")
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("["):
            here = line.strip("[] ")
        elif here == section and line.partition("=")[0].strip() == last:
            return number
    return 1


def _values(record: Any) -> dict[str, Any]:
    """The fields of a record that differ from their defaults, without its name; the column always."""
    return {
        item.name: getattr(record, item.name)
        for item in fields(record)
        if item.name != "name" and (item.name in ("column", "filename") or getattr(record, item.name) != item.default)
    }


def _section(name: str, values: Mapping[str, Any], comments: Mapping[str, str]) -> Iterator[str]:
    yield from (f"# {line}" for line in comments.get(name, "").splitlines())
    yield f"[{name}]"
    for key, value in values.items():
        comment = comments.get(f"{name}.{key}", "")
        yield f"{key} = {_written(value)}" + (f"  # {comment}" if comment else "")


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else repr(value)
