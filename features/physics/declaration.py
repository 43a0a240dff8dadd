"""The declared form of a physics feature, and the list of all of them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...array_types import Floats

Electrode = Literal["positive", "negative", "both"]
ELECTRODES: tuple[str, ...] = ("positive", "negative")

_OF_THE_ELECTRODE = ("thickness", "radius")
"""Parameters that stand for the electrode's own scalar: ``thickness`` for ``positive_thickness``."""


@dataclass(frozen=True)
class Quantity:
    """One physics feature.

    ``needs`` maps each parameter of ``function`` to the descriptor or scalar that it takes.
    ``in_metres`` says that a descriptor among them is a length, so the voxel size must be known; ``log`` that
    it is positive, as products and ratios of positive numbers are, so that models may take its logarithm.
    """

    name: str
    unit: str
    meaning: str
    reference: str
    in_metres: bool
    needs: Mapping[str, str]
    function: Callable[..., Floats]
    log: bool = True

    def compute(self, values: Mapping[str, Floats]) -> Floats:
        """The quantity for arrays that broadcast together; NaN where it is undefined.

        Raises KeyError naming the descriptor or scalar that ``values`` lacks.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = np.asarray(self.function(**{part: values[name] for part, name in self.needs.items()}))
        return np.where(np.isfinite(result), result, np.nan)


@dataclass(frozen=True)
class _Declared:
    unit: str
    meaning: str
    reference: str
    in_metres: bool
    function: Callable[..., Floats]


def quantity(
    unit: str, meaning: str, *, reference: str = "", in_metres: bool = False
) -> Callable[[Callable[..., Floats]], Callable[..., Floats]]:
    """Declare a function of descriptors and scalars as a physics feature.

    Its parameters are names of descriptors and of scalars (``schema.Scalar.name``). With a parameter
    ``thickness`` or ``radius`` it is an electrode's own and exists once an electrode.
    """

    def declare(function: Callable[..., Floats]) -> Callable[..., Floats]:
        function.declared = _Declared(unit, meaning, reference, in_metres, function)  # type: ignore[attr-defined]
        return function

    return declare


def quantities(electrode: Electrode = "both") -> tuple[Quantity, ...]:
    """All physics features, those of an electrode with its name behind theirs."""
    electrodes = ELECTRODES if electrode == "both" else (electrode,)
    return tuple(
        _quantity(declared, side)
        for declared in _declarations()
        for side in (electrodes if _belongs_to_an_electrode(declared) else ("",))
    )


def _parameters(declared: _Declared) -> tuple[str, ...]:
    return tuple(inspect.signature(declared.function).parameters)


def _belongs_to_an_electrode(declared: _Declared) -> bool:
    return any(part in _OF_THE_ELECTRODE for part in _parameters(declared))


def _quantity(declared: _Declared, side: str) -> Quantity:
    suffix = f"_{side}" if side else ""
    return Quantity(
        name=f"{declared.function.__name__}{suffix}",
        unit=declared.unit,
        meaning=f"{declared.meaning}, {side} electrode" if side else declared.meaning,
        reference=declared.reference,
        in_metres=declared.in_metres,
        needs={part: f"{side}_{part}" if part in _OF_THE_ELECTRODE else part for part in _parameters(declared)},
        function=declared.function,
    )


def _declarations() -> tuple[_Declared, ...]:
    """Every declared function of this folder, by file and then as written."""
    package = __name__.rpartition(".")[0]
    names = sorted(item.name for item in pkgutil.iter_modules(importlib.import_module(package).__path__))
    modules = [importlib.import_module(f"{package}.{name}") for name in names if name != "declaration"]
    return tuple(
        value.declared
        for module in modules
        for value in vars(module).values()
        # A file may use another file's quantity; it is listed where it is written.
        if hasattr(value, "declared") and value.__module__ == module.__name__
    )
