"""Targets: the predicted quantities with their weights, units and scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Scale = Literal["raw", "log"]

LIFE_RECOVERY = 0.01
"""Share of the first capacity by which one may lie above the limit again after the end of life: noise, no recovery."""
LOWEST_TAU = 0.999
"""A tortuosity factor is at least 1; solvers stop a little early."""


@dataclass(frozen=True)
class Target:
    """One predicted quantity.

    ``scale`` is the scale on which it is learned and headlined; ``also`` the further scales on
    which it is scored. ``volume_only`` targets depend on the volume alone. ``derivable`` names the
    tier of descriptors that computes the target outright, so that predicting it is no feat. ``rules`` say how a
    value is found and where there is none; names in braces are settings of targets, see ``worded_rules``.
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
    rules: tuple[str, ...] = ()

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
        rules=(
            "`measured`: the first cycle whose capacity is at most {end_of_life} of the first",
            "`projected`: without one, where the straight line through the last half of the points comes down to that share",
            "`floored`: a solution before the last cycle seen is raised to it",
            "`censored`: a line that does not fall, or a solution above the cap, gives the cap of {life_cap} cycles",
            f"undefined where a capacity after the end is again above the limit by over {100 * LIFE_RECOVERY:g} % of the first",
            "undefined for two points that never reach the limit: half of them is no line",
        ),
    ),
    Target(
        "capacity_fade_rate",
        "Capacity fade rate",
        "Fade rate",
        0.8,
        "Ah/cycle",
        "slope of capacity against cycle number",
        rules=("straight line of least squares through all points; negative where the capacity fades",),
    ),
    Target(
        "initial_dcir",
        "Initial DC resistance",
        "DC resistance",
        0.5,
        "ohm",
        "resistance at a jump of the current in the first cycle",
        rules=(
            "fall of the voltage over rise of the current at the first jump from rest to discharge",
            "rest is a current below {rest_threshold} of the largest of the cycle",
            "substitutes where there is no such jump: the first from rest to charge, else from discharge to rest",
            "the column `dcir_method` says which, and `target.dcir=strict` allows none",
            "undefined where the jump gives no positive resistance",
        ),
    ),
    Target(
        "capacity_retention",
        "Capacity retention",
        "Retention",
        0.4,
        "%",
        "last capacity over first capacity",
        rules=("undefined where the last cycle was cut: below half of the capacity before it",),
    ),
    Target(
        "nominal_capacity",
        "Nominal capacity",
        "Capacity",
        0.3,
        "Ah",
        "first capacity of the trend",
        rules=("whatever a column of that name may say",),
    ),
    Target(
        "mean_discharge_voltage",
        "Mean discharge voltage, sample mean",
        "Voltage, sample mean",
        0.2,
        "V",
        "sample mean of the discharge voltage of the first cycle",
        rules=(
            "plain mean of the samples in discharge beyond rest, a current of at least {rest_threshold} of the largest",
            "discharge has the sign of current under which the voltage falls in most rows (`target.current_sign`)",
        ),
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
        rules=(f"the data set's own value; undefined where it is infinite or below {LOWEST_TAU:g}",),
    ),
    Target(
        "porosity",
        "Porosity",
        "Porosity",
        0.2,
        "-",
        "pore volume fraction",
        volume_only=True,
        derivable="morphology",
        rules=("the data set's own value; undefined where it is not between 0 and 1",),
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
        rules=("the data set's own value; undefined where it is not above 0 and at most the porosity",),
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
        rules=(
            "the data set's own value; with `target.bruggeman=derived` it is 1 - ln tau / ln porosity",
            "undefined where the tortuosity factor is",
        ),
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
        rules=("trapezoids over the intervals whose two ends are in discharge, so no rest adds time or voltage",),
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


def worded_rules(rules: Sequence[str], settings: Mapping[str, object]) -> tuple[str, ...]:
    """Rules with the settings of targets in place of their names: shares in percent, other numbers as they are.

    A setting that is not among them is named as on the command line.
    """
    values = _Worded(
        (name, f"{100 * value:g} %" if 0 < value < 1 else f"{value:g}")
        for name, value in settings.items()
        if isinstance(value, int | float)
    )
    return tuple(rule.format_map(values) for rule in rules)


class _Worded(dict[str, str]):
    """Settings in words, by name."""

    def __missing__(self, name: str) -> str:
        return f"`target.{name}`"
