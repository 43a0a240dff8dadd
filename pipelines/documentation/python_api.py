"""The page of the Python interface: directives that take every public name with its docstring."""

from __future__ import annotations

import inspect
from types import ModuleType

from ... import errors, features, models, pipelines, testing

_PACKAGES: tuple[tuple[ModuleType, str], ...] = (
    (features, "One volume in, one row of named numbers out. Importing it loads NumPy and nothing heavier."),
    (pipelines, "Data sets, audit, comparison, prediction: what the command line does, as functions."),
    (models, "The contract of a model, and the models by name."),
    (testing, "Contract tests for descriptors and models of your own."),
)


def api_page() -> str:
    """Every public name of the packages that a user imports."""
    lines = ["# Python", "", "On the built site this page holds the docstrings of every public name.", ""]
    for package, text in _PACKAGES:
        lines += [f"## `{package.__name__}`", "", text, ""]
        for name in package.__all__:
            lines += _directive(package, name)
    lines += ["## `poregrove.errors`", "", "Every error that is raised on purpose.", ""]
    for name, item in vars(errors).items():
        if inspect.isclass(item) and issubclass(item, errors.PoregroveError):
            lines += _block(f"autoexception:: {errors.__name__}.{name}")
    return "\n".join(lines)


def _directive(package: ModuleType, name: str) -> list[str]:
    """The directive for one name, by what it is."""
    item = getattr(package, name)
    full = f"{package.__name__}.{name}"
    if inspect.isclass(item):
        return _block(f"autoclass:: {full}", ":members:")
    return _block(f"autofunction:: {full}" if inspect.isfunction(item) else f"autodata:: {full}")


def _block(*lines: str) -> list[str]:
    head, *options = lines
    return ["```{eval-rst}", f".. {head}", *(f"   {option}" for option in options), "```", ""]
