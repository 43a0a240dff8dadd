"""The declared form of a descriptor: frozen records, and the decorator that makes them.

A descriptor is one file in ``features/descriptors/`` with one or more decorated functions:

    @descriptor(
        columns={
            "chord_length_mean": Column("m", "mean chord of the {phase} along {axis}", low=1.0, undefined="no {phase}"),
        },
        tier="morphology", version=1, length_power=1, by=("phase", "axis"), reference="doi:...",
    )
    def chord_length(work: Workspace, phase: Phase, axis: Axis) -> Mapping[str, float]:
        return {"chord_length_mean": ...}

``by`` repeats the columns for each phase and axis: the function is called once a wanted combination,
returns the names as declared, and the columns become ``chord_length_mean_z``,
``chord_length_mean_solid_z`` and so on (``quantity[_statistic][_phase][_axis]``; the pore phase goes
without saying). Functions count lengths in voxels; ``describe`` scales each column by
``voxel_size ** length_power``.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from ..schema import TIERS

Axis: TypeAlias = Literal["z", "y", "x"]
Phase: TypeAlias = Literal["pore", "solid"]
By: TypeAlias = Literal["phase", "axis"]
Mirror: TypeAlias = Literal["same", "negated", "directed"]
Compute: TypeAlias = Callable[..., Mapping[str, float]]

AXES: tuple[Axis, ...] = get_args(Axis)
"""Names of array axes 0, 1, 2."""
PHASES: tuple[Phase, ...] = get_args(Phase)

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Column:
    """One number as its family declares it.

    ``low`` and ``high`` bound the finite values in voxel units. ``undefined`` says when the value is
    NaN; empty: never. ``length_power`` is the power of the voxel size in it, None: the family's.
    ``mirror`` is what becomes of it in the mirror image of the volume along its axis: ``directed``
    where it looks from one face, and the mirror image is another number.
    """

    unit: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    undefined: str = ""
    length_power: int | None = None
    mirror: Mirror = "same"


@dataclass(frozen=True)
class ColumnInfo:
    """One number as the rest of the house sees it: a declared column, spelt out for its phase and axis."""

    name: str
    unit: str
    meaning: str
    low: float
    high: float
    undefined: str
    family: str
    tier: str
    version: int
    length_power: int
    reference: str
    phase: Phase | None = None
    axis: Axis | None = None
    mirror: Mirror = "same"


@dataclass(frozen=True)
class Part:
    """One call of a descriptor's function: its phase and axis, and the columns that come of it."""

    arguments: Mapping[str, str]
    columns: Mapping[str, ColumnInfo]
    """By the name that the function returns."""


@dataclass(frozen=True)
class Descriptor:
    """A declared function of one volume."""

    family: str
    compute: Compute
    parts: tuple[Part, ...]
    needs: tuple[str, ...] = ()
    """Full names of columns of other descriptors that ``work.columns`` must hold; may name {phase} and {axis}."""
    columns: tuple[ColumnInfo, ...] = field(init=False)
    """All columns, each quantity with its phases and axes side by side."""

    def __post_init__(self) -> None:
        quantities = self.parts[0].columns
        object.__setattr__(self, "columns", tuple(part.columns[name] for name in quantities for part in self.parts))

    def needs_of(self, part: Part) -> tuple[str, ...]:
        """The columns of other descriptors that one part reads."""
        return tuple(name.format(**_words(part.arguments)) for name in self.needs)


def descriptor(
    *,
    columns: Mapping[str, Column],
    tier: str,
    version: int,
    length_power: int = 0,
    reference: str = "",
    needs: tuple[str, ...] = (),
    by: tuple[By, ...] = (),
    say_pore: bool = False,
) -> Callable[[Compute], Descriptor]:
    """Declare a descriptor function; what it declares is checked at once (ValueError).

    ``needs`` names columns of other descriptors, computed first and found in ``work.columns``; with
    ``{_phase}`` and ``{_axis}`` in a name it follows the part (``"tortuosity{_phase}{_axis}"``).
    ``say_pore`` spells the pore phase out in the names.
    """
    if not columns:
        raise ValueError("a descriptor declares at least one column")
    if tier not in TIERS:
        raise ValueError(f"tier is one of {', '.join(TIERS)}, got {tier!r}")
    if version < 1:
        raise ValueError(f"versions count from 1, got {version}")

    def declare(compute: Compute) -> Descriptor:
        family = compute.__module__.rpartition(".")[2]
        choices: list[tuple[tuple[str, str], ...]] = []
        if "phase" in by:
            choices.append(tuple(("phase", phase) for phase in PHASES))
        if "axis" in by:
            choices.append(tuple(("axis", axis) for axis in AXES))
        parts = []
        for pairs in itertools.product(*choices):
            arguments = dict(pairs)
            words = _words(arguments, say_pore=say_pore)
            spelt = {}
            for name, column in columns.items():
                power = length_power if column.length_power is None else column.length_power
                spelt[name] = ColumnInfo(
                    name=name + words["_phase"] + words["_axis"],
                    unit=column.unit,
                    meaning=column.meaning.format(**words),
                    low=column.low,
                    high=column.high,
                    undefined=column.undefined.format(**words),
                    family=family,
                    tier=tier,
                    version=version,
                    length_power=power,
                    reference=reference,
                    phase=arguments.get("phase"),  # type: ignore[arg-type]
                    axis=arguments.get("axis"),  # type: ignore[arg-type]
                    mirror=column.mirror,
                )
                _check(spelt[name])
            parts.append(Part(arguments, spelt))
        return Descriptor(family, compute, tuple(parts), needs)

    return declare


def _words(arguments: Mapping[str, str], *, say_pore: bool = False) -> dict[str, str]:
    """What ``{phase}``, ``{axis}``, ``{_phase}`` and ``{_axis}`` stand for in one part."""
    phase, axis = arguments.get("phase", ""), arguments.get("axis", "")
    silent = phase == "pore" and not say_pore
    return {
        "phase": phase or "pore",
        "axis": axis,
        "_phase": "" if silent or not phase else f"_{phase}",
        "_axis": f"_{axis}" if axis else "",
    }


def _check(column: ColumnInfo) -> None:
    where = f"{column.family}: column {column.name!r}"
    if not _NAME.fullmatch(column.name):
        raise ValueError(f"{where}: names are lower case words joined by underscores")
    if not column.meaning:
        raise ValueError(f"{where}: says what it means")
    if column.low > column.high:
        raise ValueError(f"{where}: bounds in the wrong order, {column.low} > {column.high}")
    if column.length_power != _power(column.unit):
        raise ValueError(f"{where}: unit {column.unit!r} contradicts length_power {column.length_power}")


def _power(unit: str) -> int:
    """The power of length in a unit that is written as -, m, m2, 1/m, 1/m2 and so on."""
    match = re.fullmatch(r"(1/)?m(\d?)", unit)
    if match is None:
        return 0
    return int(match[2] or 1) * (-1 if match[1] else 1)
