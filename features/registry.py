"""Every descriptor there is: the files of ``features/descriptors/``, found by looking."""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import SettingsError
from ..schema import TIERS
from . import descriptors as folder
from .declaration import ColumnInfo, Descriptor, Part


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
            raise SettingsError(f"unknown tier {', '.join(unknown)}: tiers are {', '.join(TIERS)}")
        return tuple(column for column in self.columns.values() if column.tier in wanted)

    def named(self, names: Iterable[str]) -> tuple[ColumnInfo, ...]:
        """The named columns in declaration order; SettingsError names an unknown one and its nearest neighbour."""
        wanted = set(names)
        for name in sorted(wanted.difference(self.columns)):
            near = difflib.get_close_matches(name, self.columns, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise SettingsError(f"unknown descriptor column {name!r}{hint}")
        return tuple(column for name, column in self.columns.items() if name in wanted)

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
    """The registry over the folders on ``descriptors.__path__``; ValueError where declarations clash."""
    return _read(tuple(folder.__path__), tuple(sorted(module.name for module in pkgutil.iter_modules(folder.__path__))))


@functools.cache
def _read(_paths: tuple[str, ...], names: tuple[str, ...]) -> Registry:
    """The registry of these files, read once for as long as the folders hold no others."""
    found: list[Descriptor] = []
    for name in names:
        loaded = importlib.import_module(f"{folder.__name__}.{name}")
        members = [item for item in vars(loaded).values() if isinstance(item, Descriptor)]
        # a descriptor that a file imports from another belongs to the other
        found += [item for item in members if item.family == name]
    found.sort(key=lambda item: TIERS.index(item.columns[0].tier))

    columns: dict[str, ColumnInfo] = {}
    calls: dict[str, Call] = {}
    for item in found:
        for column in item.columns:
            if column.name in columns:
                raise ValueError(
                    f"column {column.name!r} is declared by {columns[column.name].family} and {item.family}"
                )
            columns[column.name] = column
        for part in item.parts:
            calls |= {column.name: Call(item, part) for column in part.columns.values()}
    _check_needs(calls)
    return Registry(tuple(found), columns, calls)


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
