"""Targets: the predicted quantities with their weights, units and scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scale = Literal["raw", "log"]


@dataclass(frozen=True)
class Target:
    """One predicted quantity.

    ``scale`` is the scale on which it is learned and headlined; ``also`` the further scales on
    which it is scored. ``volume_only`` targets depend on the volume alone. ``derivable`` names the
    tier of descriptors that computes the target outright, so that predicting it is no feat.
    """

    name: str
    label: str
    short_label: str
    weight: float
    unit: str
    meaning: str
    volume_only: bool = False
    scale: Scale = "raw"
    also: tuple[Scale, ...] = ()
    derivable: str | None = None

    @property
    def scales(self) -> tuple[Scale, ...]:
        """Headline scale first."""
        return (self.scale, *self.also)


TARGETS: tuple[Target, ...] = (
    Target(
        "projected_cycle_life",
        "Projected cycle life",
        "Cycle life",
        1.0,
        "cycles",
        "cycles until 80 % of the first capacity, measured or projected",
        also=("log",),
    ),
    Target(
        "capacity_fade_rate",
        "Capacity fade rate",
        "Fade rate",
        0.8,
        "Ah/cycle",
        "slope of capacity against cycle number",
    ),
    Target(
        "initial_dcir",
        "Initial DC resistance",
        "DC resistance",
        0.5,
        "ohm",
        "resistance at a jump of the current in the first cycle",
    ),
    Target("capacity_retention", "Capacity retention", "Retention", 0.4, "%", "last capacity over first capacity"),
    Target("nominal_capacity", "Nominal capacity", "Capacity", 0.3, "Ah", "first capacity of the trend"),
    Target(
        "mean_discharge_voltage",
        "Mean discharge voltage, sample mean",
        "Voltage, sample mean",
        0.2,
        "V",
        "sample mean of the discharge voltage of the first cycle",
    ),
    Target(
        "tau_factor",
        "Tortuosity factor",
        "Tortuosity",
        0.3,
        "-",
        "diffusion tortuosity factor along axis 0",
        volume_only=True,
        scale="log",
        also=("raw",),
        derivable="transport",
    ),
    Target(
        "porosity", "Porosity", "Porosity", 0.2, "-", "pore volume fraction", volume_only=True, derivable="morphology"
    ),
    Target(
        "d_eff",
        "Effective diffusivity",
        "Diffusivity",
        0.2,
        "-",
        "effective over bulk diffusivity along axis 0",
        volume_only=True,
        scale="log",
        also=("raw",),
        derivable="transport",
    ),
    Target(
        "bruggeman_exponent",
        "Bruggeman exponent",
        "Bruggeman",
        0.1,
        "-",
        "exponent b of tau = porosity^(1 - b)",
        volume_only=True,
        derivable="transport",
    ),
)
COMPANIONS: tuple[Target, ...] = (
    Target(
        "mean_discharge_voltage_time",
        "Mean discharge voltage, time mean",
        "Voltage, time mean",
        0.0,
        "V",
        "time mean of the discharge voltage of the first cycle",
    ),
)
"""Targets of weight 0 that are computed and scored beside another one."""

ALL_TARGETS: tuple[Target, ...] = TARGETS + COMPANIONS
CELL_TARGETS: tuple[str, ...] = tuple(target.name for target in ALL_TARGETS if not target.volume_only)
VOLUME_TARGETS: tuple[str, ...] = tuple(target.name for target in ALL_TARGETS if target.volume_only)
TARGET_NAMES: tuple[str, ...] = tuple(target.name for target in TARGETS)
TARGET_BY_NAME: Mapping[str, Target] = {target.name: target for target in ALL_TARGETS}

CYCLE_LIFE_STATUSES = ("measured", "projected", "floored", "censored")
DCIR_METHODS = ("rest_to_discharge", "rest_to_charge", "discharge_to_rest")
