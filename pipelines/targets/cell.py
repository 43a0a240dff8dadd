"""All targets of the cells, from their capacity trends and first cycles."""

from __future__ import annotations

from dataclasses import dataclass

from ...array_types import Float64
from ..settings import TargetSettings
from .backtest import cut_projections
from .capacity import nominal_capacities
from .cycle_life import Lives, cycle_lives
from .dcir import Resistances, initial_dcir
from .fade import capacity_fade_rates
from .outcome import Outcomes
from .retention import capacity_retentions
from .trace import Traces
from .trend import Trends
from .voltage import mean_discharge_voltages, mean_discharge_voltages_by_time


@dataclass(frozen=True, eq=False)
class CellTargets:
    """The outcomes of each target, under the target's name; ``projections`` are those of the back-test."""

    projected_cycle_life: Lives
    capacity_fade_rate: Outcomes
    initial_dcir: Resistances
    capacity_retention: Outcomes
    nominal_capacity: Outcomes
    mean_discharge_voltage: Outcomes
    mean_discharge_voltage_time: Outcomes
    projections: tuple[Float64, ...]


def cell_targets(trends: Trends, traces: Traces, sign: int, settings: TargetSettings) -> CellTargets:
    """Every target that the series of n cells give; ``sign`` is that of the current on discharge, 0 if unknown."""
    end_of_life, cap = settings.end_of_life, settings.life_cap
    lives = cycle_lives(trends, end_of_life=end_of_life, cap=cap)
    return CellTargets(
        projected_cycle_life=lives,
        capacity_fade_rate=capacity_fade_rates(trends),
        initial_dcir=initial_dcir(traces, sign, strict=settings.dcir == "strict"),
        capacity_retention=capacity_retentions(trends),
        nominal_capacity=nominal_capacities(trends),
        mean_discharge_voltage=mean_discharge_voltages(traces, sign),
        mean_discharge_voltage_time=mean_discharge_voltages_by_time(traces, sign),
        projections=cut_projections(trends, lives, end_of_life=end_of_life, cap=cap),
    )
