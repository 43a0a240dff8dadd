"""All targets of one cell, from its capacity trend and its first cycle."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import TargetSettings
from .backtest import cut_projections
from .capacity import nominal_capacity
from .cycle_life import Life, cycle_life
from .dcir import Resistance, initial_dcir
from .fade import capacity_fade_rate
from .outcome import Outcome
from .retention import capacity_retention
from .trace import Trace
from .trend import Trend
from .voltage import mean_discharge_voltage, mean_discharge_voltage_time


@dataclass(frozen=True, slots=True)
class CellTargets:
    """One outcome a target, under the target's name; ``projections`` are those of the back-test."""

    projected_cycle_life: Life
    capacity_fade_rate: Outcome
    initial_dcir: Resistance
    capacity_retention: Outcome
    nominal_capacity: Outcome
    mean_discharge_voltage: Outcome
    mean_discharge_voltage_time: Outcome
    projections: tuple[float, ...]


def cell_targets(trend: Trend, trace: Trace, sign: int, settings: TargetSettings) -> CellTargets:
    """Every target that a cell's own series give; ``sign`` is that of the current on discharge, 0 if unknown."""
    end_of_life, cap = settings.end_of_life, settings.life_cap
    life = cycle_life(trend, end_of_life=end_of_life, cap=cap)
    return CellTargets(
        projected_cycle_life=life,
        capacity_fade_rate=capacity_fade_rate(trend),
        initial_dcir=initial_dcir(trace, sign, strict=settings.dcir == "strict"),
        capacity_retention=capacity_retention(trend),
        nominal_capacity=nominal_capacity(trend),
        mean_discharge_voltage=mean_discharge_voltage(trace, sign),
        mean_discharge_voltage_time=mean_discharge_voltage_time(trace, sign),
        projections=cut_projections(trend, life, end_of_life=end_of_life, cap=cap),
    )
