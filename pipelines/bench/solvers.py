"""Solvers of conduction beside that for one phase in cubes, each with its peer: one axis, potentials fixed on its faces.

They run on the volumes of the tortuosity comparison; several phases are those of nested fields, the same but for the
threshold. Peers run at their defaults.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...array_types import Mask, UInt8

if TYPE_CHECKING:
    from .fields import Field

_PORE: Mapping[Any, float] = {True: 1.0, False: 0.0}
_PHASES: Mapping[Any, float] = {1: 1.0, 2: 0.3, 3: 0.05}
_FURTHER = 0.3
"""Share of the second phase, beside that of the pores."""
_EDGES = (1e-7, 2e-7, 2e-7)


@dataclass(frozen=True)
class Solver:
    """A kind of problem: its volume, and what solves it."""

    name: str
    volume: Callable[[Field, int], Mask | UInt8]
    ours: Callable[[Any], float]
    peer: Callable[[Any], Any] | None
    """None where none is known."""


def three_phases(field: Field, size: int) -> UInt8:
    """Labels 1, 2, 3: the pores of a field, what a higher threshold adds to them, and the rest."""
    more = replace(field, porosity=field.porosity + _FURTHER)
    return (3 - field.make(size).astype(np.uint8) - more.make(size)).astype(np.uint8)


def _pores(field: Field, size: int) -> Mask:
    return field.make(size)


def _long_voxels(mask: Mask) -> float:
    from ...features import describe

    return describe(mask, columns=("relative_diffusivity_z",), voxel_size=_EDGES, device="cpu")[
        "relative_diffusivity_z"
    ]


def _several(labels: UInt8) -> float:
    from ...features import effective_conductivity

    return effective_conductivity(labels, _PHASES, device="cpu").conductivity


def _joined_sides(mask: Mask) -> float:
    from ...features import effective_conductivity

    return effective_conductivity(mask, _PORE, periodic=("y", "x"), device="cpu").conductivity


def _periodic(mask: Mask) -> float:
    from ...features import effective_conductivity

    return effective_conductivity(mask, _PORE, periodic=("z", "y", "x"), device="cpu").conductivity


def _quietly(solver: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return solver.solve(verbose=False)


def _taufactor_anisotropic(mask: Mask) -> Any:
    from taufactor import AnisotropicSolver

    return _quietly(AnisotropicSolver(mask.astype(np.uint8), spacing=(1.0, 2.0, 2.0), device="cpu"))


def _taufactor_phases(labels: UInt8) -> Any:
    from taufactor import MultiPhaseSolver

    return _quietly(MultiPhaseSolver(labels, dict(_PHASES), device="cpu"))


def _taufactor_periodic(mask: Mask) -> Any:
    from taufactor import PeriodicSolver

    return _quietly(PeriodicSolver(mask.astype(np.uint8), device="cpu"))


SOLVERS = (
    Solver("voxels 1 : 2 : 2", _pores, _long_voxels, _taufactor_anisotropic),
    Solver("three phases", three_phases, _several, _taufactor_phases),
    Solver("periodic sides", _pores, _joined_sides, _taufactor_periodic),
    Solver("periodic on all sides", _pores, _periodic, None),
)


def solver_named(name: str) -> Solver:
    """The solver of that name."""
    return next(solver for solver in SOLVERS if solver.name == name)
