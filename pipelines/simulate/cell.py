"""Cells in PyBaMM: one compiled simulation a design, microstructures as its inputs.

The image stands for both electrodes: its porosity, its tortuosity factor and the solid that it leaves are those of
the positive and of the negative. Base parameters are Mohtat2020's; what they lack for plating, cracking and loss of
active material is OKane2022's, and the conductivity of the electrolyte too, as it depends on the concentration.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import MissingExtraError, SimulationError
from .protocol import SOLID_THAT_IS_ACTIVE, Protocol

ELECTRODES = ("Positive", "Negative")
CHARGED_STOICHIOMETRY = 0.80
"""Lithium in the graphite of a fresh, charged cell as a share of its maximum."""
_DISCHARGE = 1
"""Position of the discharge among the steps of a cycle."""

_RENAMED = {
    "Outer SEI solvent diffusivity [m2.s-1]": "EC diffusivity [m2.s-1]",
    "Outer SEI partial molar volume [m3.mol-1]": "SEI partial molar volume [m3.mol-1]",
}
"""The users' names that PyBaMM calls otherwise today; the solvent that SEI growth needs is ethylene carbonate."""

_FROM_OKANE = (
    "Electrolyte conductivity [S.m-1]",
    "Exchange-current density for plating [A.m-2]",
    "Exchange-current density for stripping [A.m-2]",
    "Dead lithium decay rate [s-1]",
    "Lithium plating transfer coefficient",
)
_STABLE = {
    "Negative electrode Paris' law constant m": 2.0,
    "Negative electrode number of cracks per unit area [m-2]": 3.18e14,
    "Initial SEI on cracks thickness [m]": 5e-11,
}
"""Without these every tenth cell with SEI on cracks fails at its first step."""

_OPTIONS = {
    "SEI": "ec reaction limited",
    "SEI film resistance": "distributed",
    "SEI on cracks": "true",
    "lithium plating": "partially reversible",
    "particle mechanics": ("swelling and cracking", "swelling only"),
    "loss of active material": ("stress-driven", "none"),
    "stress-induced diffusion": "false",
}
_MESH = {"x_n": 8, "x_s": 4, "x_p": 8, "r_n": 10, "r_p": 10}


@dataclass(frozen=True)
class Structure:
    """Properties that a cell model takes from an image."""

    porosity: float
    tau_factor: float

    @property
    def bruggeman(self) -> float:
        """The exponent b of ``tau = porosity^(1 - b)``."""
        return 1 - math.log(self.tau_factor) / math.log(self.porosity)


@dataclass(frozen=True)
class CellResult:
    """Kept results of one simulated cell: current > 0 on discharge, lists of plain floats."""

    cycles: list[int]
    capacity: list[float]
    """Ah discharged in each cycle."""
    time: list[float]
    """Hours, first cycle."""
    voltage: list[float]
    current: list[float]
    seconds: float


def load_pybamm() -> Any:
    """PyBaMM without its telemetry and its chatter; MissingExtraError where it is not installed."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    try:
        import pybamm
    except ModuleNotFoundError as error:
        raise MissingExtraError("pybamm", "simulate", "simulating cells") from error
    pybamm.set_logging_level("ERROR")
    return pybamm


def compiled(design: Mapping[str, float], protocol: Protocol) -> Callable[[Structure], CellResult]:
    """A function that cycles the cell of ``design`` with any microstructure.

    Geometry cannot be an input of a compiled model, hence one compilation a design. The function raises
    SimulationError where a cell cannot be cycled.
    """
    pybamm = load_pybamm()
    simulation = pybamm.Simulation(
        getattr(pybamm.lithium_ion, protocol.model)(_OPTIONS),
        parameter_values=_parameters(pybamm, design, protocol),
        experiment=pybamm.Experiment([protocol.steps] * protocol.cycles),
        # Casadi's solver is 10 to 100 times slower on these models.
        solver=pybamm.IDAKLUSolver(rtol=1e-4, atol=1e-6, options={"max_num_steps": 5000}),
        var_pts=_MESH,
    )

    def cycled(structure: Structure) -> CellResult:
        try:
            return _cycled(simulation, structure, protocol)
        except pybamm.SolverError as error:
            raise SimulationError(f"solver: {str(error).splitlines()[0]}") from error

    return cycled


def _parameters(pybamm: Any, design: Mapping[str, float], protocol: Protocol) -> Any:
    values = pybamm.ParameterValues("Mohtat2020")
    aged = pybamm.ParameterValues("OKane2022")
    known = set(values.keys()) | set(aged.keys())
    values.update({name: aged[name] for name in aged if name not in values or name in _FROM_OKANE})
    lithium = _charged(pybamm, values, protocol.upper_voltage)
    changes: dict[str, Any] = {_RENAMED.get(name, name): value for name, value in design.items()}
    changes |= _STABLE | lithium
    changes |= {
        "Ambient temperature [K]": protocol.temperature,
        "Initial temperature [K]": protocol.temperature,
        "Lower voltage cut-off [V]": protocol.lower_voltage,
        "Upper voltage cut-off [V]": protocol.upper_voltage,
        "Separator thickness [m]": protocol.separator_thickness,
    }
    for electrode in ELECTRODES:
        changes |= dict.fromkeys(_structure_names(electrode), "[input]")
    # update() would accept a misspelt name in silence, and the scalar would have no effect.
    if unknown := sorted(changes.keys() - known):
        raise SimulationError(f"PyBaMM {pybamm.__version__} has no parameter {', '.join(map(repr, unknown))}")
    values.update(changes)
    return values


def _charged(pybamm: Any, values: Any, voltage: float) -> dict[str, float]:
    """Initial concentrations of a rested cell at ``voltage``."""
    from scipy.optimize import brentq

    def potential(electrode: str, stoichiometry: float) -> float:
        return float(values.evaluate(values[f"{electrode} electrode OCP [V]"](pybamm.Scalar(stoichiometry))))

    anode = potential("Negative", CHARGED_STOICHIOMETRY)
    cathode = brentq(lambda y: potential("Positive", y) - anode - voltage, 0.001, 0.6)
    shares = {"Negative": CHARGED_STOICHIOMETRY, "Positive": float(cathode)}
    return {
        f"Initial concentration in {electrode.lower()} electrode [mol.m-3]": share
        * values[f"Maximum concentration in {electrode.lower()} electrode [mol.m-3]"]
        for electrode, share in shares.items()
    }


def _structure_names(electrode: str) -> tuple[str, str, str]:
    return (
        f"{electrode} electrode porosity",
        f"{electrode} electrode Bruggeman coefficient (electrolyte)",
        f"{electrode} electrode active material volume fraction",
    )


def _cycled(simulation: Any, structure: Structure, protocol: Protocol) -> CellResult:
    import time

    start = time.process_time()
    values = (structure.porosity, structure.bruggeman, SOLID_THAT_IS_ACTIVE * (1 - structure.porosity))
    inputs = {
        name: value for electrode in ELECTRODES for name, value in zip(_structure_names(electrode), values, strict=True)
    }
    solution = simulation.solve(inputs=inputs, calc_esoh=False)
    complete = [cycle for cycle in solution.cycles if len(cycle.steps) == len(protocol.steps)]
    capacity = [_discharged(cycle) for cycle in complete]
    if len(capacity) < protocol.cycles and not (capacity and capacity[-1] <= protocol.end_of_life * capacity[0]):
        raise SimulationError(f"cycle {len(capacity) + 1}: a step could not be carried out")
    return CellResult(
        list(range(1, len(capacity) + 1)),
        capacity,
        *_sampled(complete[0], protocol.samples),
        seconds=time.process_time() - start,
    )


def _discharged(cycle: Any) -> float:
    """Ah discharged in one cycle."""
    charge = cycle.steps[_DISCHARGE]["Discharge capacity [A.h]"].entries
    return float(charge[-1] - charge[0])


def _sampled(cycle: Any, samples: tuple[int, ...]) -> tuple[list[float], list[float], list[float]]:
    """Time (h), voltage (V) and current (A) of a cycle at evenly spaced times of each step, both ends included."""
    parts = []
    for step, count in zip(cycle.steps, samples, strict=True):
        times = np.linspace(step.t[0], step.t[-1], count)
        parts.append((times / 3600, step["Voltage [V]"](times), step["Current [A]"](times)))
    hours, voltage, current = (np.concatenate(part).tolist() for part in zip(*parts, strict=True))
    return [hour - hours[0] for hour in hours], voltage, current
