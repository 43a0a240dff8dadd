"""Declaration and registry of the checks: adding a check is adding one file, here or in a plug-in."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ...plugin_modules import entries_of
from ...schema import Finding, Severity, Unit
from .evidence import Evidence

ENTRY_POINTS = "poregrove.checks"
"""Group of entry points whose modules declare checks."""
_OURS = f"{__package__}.checks."

_added: dict[tuple[str, str], Check] = {}
"""Checks of plug-ins, by module and name of their function."""


@dataclass(frozen=True)
class CheckResult:
    """The part of a finding that depends on the data.

    ``query`` is a pandas expression over ``rows`` and ``volumes`` whose length is ``count``.
    ``severity`` and ``unit`` are given only where this case differs from the check's declaration.
    """

    count: int
    message: str
    query: str
    examples: tuple[str, ...] = ()
    value: str | None = None
    severity: Severity | None = None
    unit: Unit | None = None


@dataclass(frozen=True)
class Check:
    """One question to a data set; ``meaning`` is what the documentation says about it."""

    code: str
    severity: Severity
    unit: Unit
    remedy: str
    meaning: str
    look: Callable[[Evidence], CheckResult | None]
    any_contract: bool = False
    """Whether it asks for nothing that only the built-in contract has, such as series and simulated cells."""

    @property
    def module(self) -> str:
        """Module of the plug-in that declares it; empty for a check of this package."""
        return "" if self.look.__module__.startswith(_OURS) else self.look.__module__

    def run(self, evidence: Evidence) -> Finding | None:
        """The finding, or None where there is nothing to say."""
        if not (self.any_contract or evidence.contract.built_in):
            return None
        found = self.look(evidence)
        if found is None:
            return None
        return Finding(
            code=self.code,
            severity=found.severity or self.severity,
            count=found.count,
            unit=found.unit or self.unit,
            message=found.message,
            examples=found.examples,
            remedy=self.remedy,
            query=found.query,
            value=found.value,
        )


def check(
    *, code: str, severity: Severity, unit: Unit, remedy: str, any_contract: bool = False
) -> Callable[[Callable[[Evidence], CheckResult | None]], Check]:
    """Declare a function as the check ``code``; its docstring becomes the documentation.

    ``any_contract`` says that it can be asked whatever the inputs and targets are. Errors make a result wrong if ignored,
    warnings make it weaker, infos are good to know. A check that any other module declares, such as one of a plug-in,
    takes part once the module is imported; ValueError naming both modules where its code is taken.
    """

    def declare(look: Callable[[Evidence], CheckResult | None]) -> Check:
        made = Check(code, severity, unit, remedy, inspect.getdoc(look) or "", look, any_contract)
        if made.module:
            _add(made)
        return made

    return declare


def all_checks() -> tuple[Check, ...]:
    """Every check in the folder ``checks`` and of plug-ins, by code."""
    import_entry_points()
    return tuple(sorted((*_own(), *_added.values()), key=lambda item: item.code))


@cache
def import_entry_points() -> None:
    """Import the modules that installed packages name as checks, once; SettingsError where one cannot be imported."""
    for _ in entries_of(ENTRY_POINTS):
        pass  # a check adds itself as its module is imported


def _add(made: Check) -> None:
    """Add a check of a plug-in; declared again, as by a module that is loaded anew, it replaces itself."""
    key = (made.look.__module__, made.look.__qualname__)
    for other in (*_own(), *(item for place, item in _added.items() if place != key)):
        if other.code == made.code:
            raise ValueError(f"check {made.code!r} is declared by {other.look.__module__} and {made.look.__module__}")
    _added[key] = made


def _own() -> tuple[Check, ...]:
    folder = importlib.import_module(".checks", __package__)
    names = tuple(item.name for item in pkgutil.iter_modules(folder.__path__))
    return _read(tuple(folder.__path__), names)


@cache
def _read(_paths: tuple[str, ...], names: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks of these files, read once for as long as the folder holds no others."""
    modules = (importlib.import_module(f".checks.{name}", __package__) for name in names)
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Check))
