"""Protocol of cycling and sampling a cell, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass

SOLID_THAT_IS_ACTIVE = 0.95
"""Share of an electrode's solid that stores lithium; the rest is binder and carbon."""


@dataclass(frozen=True)
class Protocol:
    """One cycle, the conditions under which it is repeated, and for how long.

    The defaults are chosen so that the image and all 15 scalars matter: a discharge fast enough for the
    electrolyte to limit it, a charge fast enough to plate lithium, a temperature away from the reference at which
    the SEI's activation energy would have no effect, and a leading rest, without which no resistance of the rested
    cell is seen.
    """

    model: str = "DFN"
    """PyBaMM's lithium-ion model: DFN, SPMe or SPM (in which the electrolyte, hence tortuosity, has no say)."""
    temperature: float = 308.15
    """K, held constant."""
    rest: float = 3.0
    """Minutes before each discharge."""
    discharge_rate: float = 2.25
    """C, to ``lower_voltage``."""
    pause: float = 5.0
    """Minutes between discharge and charge."""
    charge_rate: float = 2.0
    """C, to ``upper_voltage``."""
    cut_off_rate: float = 0.2
    """C at which the hold at ``upper_voltage`` ends."""
    lower_voltage: float = 2.8
    upper_voltage: float = 4.2
    separator_thickness: float = 25e-6
    """m."""
    cycles: int = 50
    """Simulated for every cell alike, so that retention is measured after the same number for all."""
    end_of_life: float = 0.8
    """A cell whose capacity fell to this share of the first may end early; one above it has failed."""
    samples: tuple[int, ...] = (6, 60, 8, 36, 20)
    """Stored points of the first cycle in each step, evenly spaced in time, so that sample mean = time mean."""
    row_seconds: float = 120.0
    """A row that takes longer is given up: solvers can hang."""

    @property
    def steps(self) -> tuple[str, ...]:
        """One cycle in PyBaMM's words."""
        return (
            f"Rest for {self.rest:g} minutes",
            f"Discharge at {self.discharge_rate:g}C until {self.lower_voltage:g} V",
            f"Rest for {self.pause:g} minutes",
            f"Charge at {self.charge_rate:g}C until {self.upper_voltage:g} V",
            f"Hold at {self.upper_voltage:g} V until {self.cut_off_rate:g}C",
        )
