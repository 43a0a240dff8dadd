"""The volumes of a simulated data set: drawn recipes, their masks and their transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import SimulationError
from ...features import describe
from .cell import Structure
from .microstructures import blobs, gaussian_random_field, overlapping_spheres, percolates

if TYPE_CHECKING:
    from ...array_types import Mask

MOST_TORTUOUS = 4.5
"""Volumes of a larger tortuosity factor are drawn anew: their cells would not carry the protocol's current."""
OPEN_GENERATORS = ("field", "spheres", "blobs")
"""Generators of percolating volumes."""
_WORTH_A_CLOSED_ONE = 10
_ATTEMPTS = 200
_POROSITIES = (0.3, 0.65)
_LENGTHS = (0.06, 0.16)
"""Correlation length or sphere radius as a share of the edge."""
_STRETCHES = (0.6, 2.0)
_GRADIENTS = (-0.2, 0.2)
_CLOSED_POROSITIES = (0.08, 0.16)

_TRANSPORT = ("porosity", "relative_diffusivity_z", "tortuosity_factor_z")


@dataclass(frozen=True)
class Recipe:
    """A generator, its parameters and its seed: the same recipe and edge give the same mask."""

    generator: str
    parameters: Mapping[str, Any]
    seed: int

    def make(self, edge: int) -> Mask:
        """The mask, ``edge`` voxels in each direction."""
        shape = (edge, edge, edge)
        if self.generator == "spheres":
            return overlapping_spheres(shape, seed=self.seed, **self.parameters).pore
        if self.generator == "blobs":
            return blobs(shape, seed=self.seed, **self.parameters)
        return gaussian_random_field(shape, seed=self.seed, **self.parameters)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Transport:
    """Transport properties of a volume for its cells and columns; None where no path leads through."""

    porosity: float
    tau_factor: float | None = None
    d_eff: float | None = None

    @property
    def structure(self) -> Structure | None:
        """Properties that a cell takes from the volume, None where no cell can be made of it."""
        return None if self.tau_factor is None else Structure(self.porosity, self.tau_factor)


def transport(pore: Mask) -> Transport:
    """Porosity, tortuosity factor and relative diffusivity along axis 0."""
    found = describe(pore, columns=_TRANSPORT)
    porosity, d_eff, tau = (found[name] for name in _TRANSPORT)
    return Transport(porosity, tau, d_eff) if d_eff > 0 else Transport(porosity)


def generator_of(number: int, volumes: int, kinds: tuple[str, ...]) -> str:
    """The generator of one of ``volumes`` volumes: ``kinds`` in turn; the last twentieth, one in ten at least, is closed."""
    closed = volumes // 20 or int(volumes >= _WORTH_A_CLOSED_ONE)
    return "closed" if number >= volumes - closed else kinds[number % len(kinds)]


def draw(generator: str, edge: int, *, seed: int, number: int) -> tuple[Recipe, Mask, Transport]:
    """Volume ``number`` of a data set: drawn until it percolates (a closed one: does not) along axis 0.

    Raises SimulationError where no draw is accepted, as for edges of a few voxels.
    """
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, number, attempt])
        recipe = Recipe(generator, _PARAMETERS[generator](rng, edge), int(rng.integers(2**31)))
        pore = recipe.make(edge)
        if percolates(pore) == (generator == "closed"):
            continue
        found = transport(pore)
        if found.tau_factor is None or found.tau_factor <= MOST_TORTUOUS:
            return recipe, pore, found
    raise SimulationError(f"volume {number}: no {generator} volume of edge {edge} was accepted in {_ATTEMPTS} draws")


def _field(rng: np.random.Generator, edge: int) -> dict[str, Any]:
    return {
        "porosity": _even(rng, _POROSITIES),
        "correlation_length": edge * _log_even(rng, _LENGTHS),
        "anisotropy": tuple(_log_even(rng, _STRETCHES) for _ in range(3)),
        "gradient": _even(rng, _GRADIENTS),
    }


def _closed(rng: np.random.Generator, edge: int) -> dict[str, Any]:
    return {"porosity": _even(rng, _CLOSED_POROSITIES), "correlation_length": edge * _log_even(rng, _LENGTHS)}


def _spheres(rng: np.random.Generator, edge: int) -> dict[str, Any]:
    return {"radius": edge * _log_even(rng, _LENGTHS), "porosity": _even(rng, _POROSITIES)}


def _blobs(rng: np.random.Generator, edge: int) -> dict[str, Any]:
    del edge  # blobiness is relative to the edge already
    return {"porosity": _even(rng, _POROSITIES), "blobiness": _log_even(rng, (0.7, 2.0))}


_PARAMETERS = {"field": _field, "closed": _closed, "spheres": _spheres, "blobs": _blobs}


def _even(rng: np.random.Generator, span: tuple[float, float]) -> float:
    return float(np.round(rng.uniform(*span), 4))


def _log_even(rng: np.random.Generator, span: tuple[float, float]) -> float:
    return float(np.round(np.exp(rng.uniform(*np.log(span))), 4))
