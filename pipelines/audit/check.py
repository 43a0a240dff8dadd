"""Declaration and registry of the checks: adding a check is adding one file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ...schema import Finding, Severity, Unit
from .evidence import Evidence


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

    ``any_contract`` says that it can be asked whatever the inputs and targets are. Errors make a result wrong if ignored, warnings make it weaker, infos are good to know.
    """

    def declare(look: Callable[[Evidence], CheckResult | None]) -> Check:
        return Check(code, severity, unit, remedy, inspect.getdoc(look) or "", look, any_contract)

    return declare


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check in the folder ``checks``, by code."""
    folder = importlib.import_module(".checks", __package__)
    modules = (
        importlib.import_module(f"{folder.__name__}.{item.name}") for item in pkgutil.iter_modules(folder.__path__)
    )
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Check))
    return tuple(sorted(found, key=lambda item: item.code))
