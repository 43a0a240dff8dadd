"""Parameter vectors: the 15 scalars spread over their ranges by a Latin hypercube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import SettingsError
from ...schema import SCALARS

_SIGNIFICANT_DIGITS = 6


@dataclass(frozen=True)
class Range:
    """Range that one scalar is drawn from; ``log`` spreads it evenly over its decades."""

    name: str
    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """The value a ``share`` in [0, 1] of the way from low to high."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share


RANGES: tuple[Range, ...] = (
    Range("sei_rate", 1e-14, 1e-13, log=True),
    Range("electrolyte_diffusivity", 1e-10, 3e-10, log=True),
    Range("electrolyte_concentration", 800.0, 1400.0),
    Range("separator_porosity", 0.35, 0.65),
    Range("positive_radius", 3e-6, 8e-6),
    Range("negative_radius", 4e-6, 9e-6),
    Range("positive_thickness", 60e-6, 100e-6),
    Range("negative_thickness", 70e-6, 110e-6),
    Range("sei_solvent_diffusivity", 8e-20, 8e-19, log=True),
    Range("dead_lithium_decay", 1e-6, 1e-3, log=True),
    Range("plating_rate", 1e-10, 1e-8, log=True),
    Range("lam_rate", 3e-7, 2.5e-6, log=True),
    Range("cracking_rate", 2e-19, 4e-18, log=True),
    Range("sei_molar_volume", 6e-5, 1.3e-4),
    Range("sei_activation_energy", 1e4, 8e4),
)
"""Values as the cell model takes them; at these, with the default protocol, each scalar moves some target."""

MOST_RESERVE = 1.5
"""Largest negative over positive thickness; thicker graphite is cut to it. A larger reserve hides all loss of lithium
for so long that the life projected from a few dozen cycles would be arbitrary."""
_NAMES = tuple(item.name for item in RANGES)
_COLUMN = {scalar.name: scalar.column for scalar in SCALARS}


Vector = Mapping[str, float]
"""The 15 scalars under their PyBaMM names."""


def latin_hypercube(count: int, *, seed: int) -> tuple[Vector, ...]:
    """``count`` distinct parameter vectors.

    Each scalar falls once into each of ``count`` equal parts of its range, but for graphite that is cut to
    ``MOST_RESERVE``. Raises SettingsError for a count
    below 1. Source: McKay, Beckman, Conover, Technometrics 21 (1979) 239.
    """
    if count < 1:
        raise SettingsError(f"designs: expected at least 1, got {count}")
    from scipy.stats import qmc

    shares = qmc.LatinHypercube(len(RANGES), rng=seed).random(count)
    return tuple(vector_at(dict(zip(_NAMES, row, strict=True))) for row in shares)


def vector_at(shares: Mapping[str, float]) -> Vector:
    """The vector that lies, for each scalar name, that share of the way through its range; elsewhere in the middle."""
    values = {item.name: item.at(shares.get(item.name, 0.5)) for item in RANGES}
    values["negative_thickness"] = min(values["negative_thickness"], MOST_RESERVE * values["positive_thickness"])
    return {_COLUMN[name]: _rounded(value) for name, value in values.items()}


def _rounded(value: float) -> float:
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
