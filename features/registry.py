"""Registry of all descriptors: the files of ``features/descriptors/``, and those that other packages declare."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import SettingsError, did_you_mean
from ..plugin_modules import entries_of
from ..schema import TIERS
from . import descriptors as folder
from .declaration import ColumnInfo, Descriptor, Part

ENTRY_POINTS = "poregrove.descriptors"
"""Group of entry points whose modules declare descriptors."""
_PATTERN = frozenset("*?[")

_added: dict[tuple[str, str], Descriptor] = {}
"""Descriptors of other packages, by module and name of their function."""


@dataclass(frozen=True)
class Call:
    """One call to make for a volume: a descriptor and one of its parts."""

    descriptor: Descriptor
    part: Part


@dataclass(frozen=True)
class Registry:
    """Descriptors in declaration order: by tier, then file, then as written there."""

    descriptors: tuple[Descriptor, ...]
    columns: Mapping[str, ColumnInfo]
    calls: Mapping[str, Call]
    """The call that yields a column, by the column's full name."""

    def select(self, tiers: Iterable[str] | None = None) -> tuple[ColumnInfo, ...]:
        """The columns of some tiers (None: all); SettingsError names an unknown tier."""
        wanted = set(TIERS if tiers is None else tiers)
        if unknown := sorted(wanted.difference(TIERS)):
            hint = did_you_mean(unknown[0], TIERS)
            raise SettingsError(f"unknown tier {', '.join(unknown)}: tiers are {', '.join(TIERS)}{hint}")
        return tuple(column for column in self.columns.values() if column.tier in wanted)

    def named(self, names: Iterable[str]) -> tuple[ColumnInfo, ...]:
        """The columns of these names, families and patterns (``tortuosity_factor_*``), in this order, each once.

        SettingsError names what is unknown, and its nearest neighbour.
        """
        return tuple({column.name: column for name in names for column in self._meant(name)}.values())

    def _meant(self, name: str) -> tuple[ColumnInfo, ...]:
        if name in self.columns:
            return (self.columns[name],)
        if _PATTERN.intersection(name):
            found = tuple(column for other, column in self.columns.items() if fnmatch.fnmatchcase(other, name))
            if not found:
                raise SettingsError(f"no descriptor column is called like {name!r}")
            return found
        families = {column.family for column in self.columns.values()}
        if name not in families:
            hint = did_you_mean(name, [*self.columns, *families])
            raise SettingsError(f"unknown descriptor column {name!r}{hint}")
        return tuple(column for column in self.columns.values() if column.family == name)

    def plan(self, columns: Iterable[ColumnInfo]) -> tuple[Call, ...]:
        """The calls that yield some columns, each after those whose columns it reads."""
        planned: dict[int, Call] = {}

        def visit(name: str) -> None:
            call = self.calls[name]
            if id(call.part) in planned:
                return
            for needed in call.descriptor.needs_of(call.part):
                visit(needed)
            planned[id(call.part)] = call

        for column in columns:
            visit(column.name)
        return tuple(planned.values())


def registry() -> Registry:
    """The registry over the folders on ``descriptors.__path__`` and all that was added.

    Raises ValueError where declarations clash, SettingsError where a module of the entry points cannot be imported.
    """
    import_entry_points()
    return _build((*_own(), *_added.values()))


def add(item: Descriptor) -> None:
    """Add a descriptor of another package; declared again, as by a notebook's cell, it replaces itself.

    Raises ValueError naming both modules where a column is declared already.
    """
    key = (item.compute.__module__, item.compute.__qualname__)
    others = [other for place, other in _added.items() if place != key]
    _columns_of((*_own(), *others, item))
    _added[key] = item


def modules_of(columns: Iterable[ColumnInfo]) -> tuple[str, ...]:
    """The modules of other packages that declare what these columns need."""
    calls = registry().plan(columns)
    return tuple(dict.fromkeys(module for call in calls if (module := call.descriptor.columns[0].module)))


@functools.cache
def import_entry_points() -> None:
    """Import the modules that installed packages name as descriptors, once; SettingsError where one cannot be imported."""
    for _ in entries_of(ENTRY_POINTS):
        pass  # a descriptor adds itself as its module is imported


def _own() -> tuple[Descriptor, ...]:
    """The descriptors of this package."""
    return _read(tuple(folder.__path__), tuple(sorted(module.name for module in pkgutil.iter_modules(folder.__path__))))


@functools.cache
def _read(_paths: tuple[str, ...], names: tuple[str, ...]) -> tuple[Descriptor, ...]:
    """The descriptors of these files, read once for as long as the folders hold no others."""
    found: list[Descriptor] = []
    for name in names:
        loaded = importlib.import_module(f"{folder.__name__}.{name}")
        members = [item for item in vars(loaded).values() if isinstance(item, Descriptor)]
        # a descriptor that a file imports from another belongs to the other
        found += [item for item in members if item.family == name]
    return tuple(found)


@functools.lru_cache(maxsize=8)
def _build(found: tuple[Descriptor, ...]) -> Registry:
    ordered = tuple(sorted(found, key=lambda item: TIERS.index(item.columns[0].tier)))
    calls: dict[str, Call] = {}
    columns = _columns_of(ordered)
    for item in ordered:
        for part in item.parts:
            calls |= {column.name: Call(item, part) for column in part.columns.values()}
    _check_needs(calls)
    return Registry(ordered, columns, calls)


def _columns_of(found: Iterable[Descriptor]) -> dict[str, ColumnInfo]:
    """The columns of some descriptors by name; ValueError where one is declared twice."""
    columns: dict[str, ColumnInfo] = {}
    for item in found:
        for column in item.columns:
            if there := columns.get(column.name):
                places = [one.module or one.family for one in (there, column)]
                raise ValueError(f"column {column.name!r} is declared by {places[0]} and {places[1]}")
            columns[column.name] = column
    return columns


def _check_needs(calls: Mapping[str, Call]) -> None:
    """Every needed column exists and none needs itself, however indirectly."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"descriptors need one another in a circle: {' -> '.join((*path, name))}")
        if name in done:
            return
        for needed in calls[name].descriptor.needs_of(calls[name].part):
            if needed not in calls:
                raise ValueError(f"{calls[name].descriptor.family} needs the unknown column {needed!r}")
            visit(needed, (*path, name))
        done.add(name)

    for name in calls:
        visit(name, ())
