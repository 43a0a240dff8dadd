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

from ..plugin_modules import FILES, code_digest
from ..schema import TIERS

Axis: TypeAlias = Literal["z", "y", "x"]
Phase: TypeAlias = Literal["pore", "solid"]
By: TypeAlias = Literal["phase", "axis"]
Mirror: TypeAlias = Literal["same", "negated", "directed"]
Compute: TypeAlias = Callable[..., Mapping[str, float]]

AXES: tuple[Axis, ...] = get_args(Axis)
"""Names of array axes 0, 1, 2."""
PHASES: tuple[Phase, ...] = get_args(Phase)

_OURS = f"{__package__}.descriptors."
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Column:
    """One number as its descriptor declares it.

    Parameters
    ----------
    unit
        ``-``, or a power of the metre: ``m``, ``m2``, ``1/m``.
    meaning
        What it is, in a phrase; ``{phase}`` and ``{axis}`` stand for the part.
    low, high
        Bounds of the finite values, in voxel units.
    undefined
        When the value is NaN; empty: never.
    length_power
        The power of the voxel size in it; None: the descriptor's.
    mirror
        What becomes of it in the mirror image of the volume along its axis: the ``same``, ``negated``, or
        ``directed`` where it looks from one face, and the mirror image is another number.
    log
        Whether it is positive and spans decades, so that models may take its logarithm; None: so it is where it
        measures a length (or a surface or number by length) and cannot be negative.
    average
        Whether it is the mean of something local over the volume, or a ratio of two such means, whose error therefore falls
        with the root of the volume.

    Examples
    --------
    >>> from poregrove.features import Column
    >>> Column("m", "mean chord of the {phase} along {axis}", low=1.0, undefined="no {phase}").unit
    'm'

    """

    unit: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    undefined: str = ""
    length_power: int | None = None
    mirror: Mirror = "same"
    log: bool | None = None
    average: bool = False


@dataclass(frozen=True)
class ColumnInfo:
    """A column of the result: one declared number, spelt out for its phase and axis."""

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
    module: str = ""
    """Module in which a descriptor of another package is declared; empty for those of this one."""
    log: bool = False
    code: str = ""
    """SHA-256 of the code of that module and its package, so that a changed one is computed anew."""
    only_cubes: bool = True
    """Whether it is NaN, ``anisotropic_voxels``, where voxels are no cubes."""
    average: bool = False
    """Whether it is a mean over the volume, for which ``representative`` gives an interval."""


@dataclass(frozen=True)
class Part:
    """One call of a descriptor's function: its phase and axis, and the columns that come of it."""

    arguments: Mapping[str, str]
    columns: Mapping[str, ColumnInfo]
    """The columns by the names that the function returns."""


@dataclass(frozen=True, eq=False)
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
    only_cubes: bool = True,
) -> Callable[[Compute], Descriptor]:
    """Declare a descriptor function; what it declares is checked at once.

    A function declared in any module that is imported is found by ``describe`` and by all that stands
    beside it. A package whose module is named in the entry point group ``poregrove.descriptors`` is
    imported by the registry itself, on the command line and in other processes too.
    ``poregrove.testing.check_descriptor`` tries what is promised here.

    Parameters
    ----------
    columns
        Each number by the name under which the function returns it.
    tier
        ``morphology``, ``transport`` or ``network``: by what it costs.
    version
        Counts from 1; a change of the computation raises it, and remembered values are computed again.
    length_power
        The power of length in the values, which the function counts in voxels: 1 for ``m``, -1 for ``1/m``.
    reference
        ``doi:...`` of the source.
    needs
        Columns of other descriptors, computed first and found in ``work.columns``; with ``{_phase}`` and
        ``{_axis}`` in a name it follows the part (``"tortuosity{_phase}{_axis}"``).
    by
        Repeats the columns for each ``phase``, each ``axis`` or both, which become arguments.
    say_pore
        Spells the pore phase out in the names.
    only_cubes
        Whether the columns are NaN, ``anisotropic_voxels``, where voxels are no cubes. A function that counts with the
        edges in ``work.spacing`` says False.

    Returns
    -------
    callable
        A decorator that makes a Descriptor of a function ``(work, phase, axis)``, whose ``work`` is the
        Workspace of one volume.

    Raises
    ------
    ValueError
        For a declaration that contradicts itself, or a column that another module declares.

    Examples
    --------
    >>> from poregrove.features import Column, describe, descriptor
    >>> @descriptor(
    ...     columns={"pore_voxels": Column("-", "number of pore voxels", low=0.0)}, tier="morphology", version=1
    ... )
    ... def pore_voxels(work):
    ...     return {"pore_voxels": float(work.pore_count)}
    >>> import numpy as np
    >>> describe(np.ones((2, 3, 4), bool), columns="pore_voxels")
    {'pore_voxels': 24.0}

    """
    if not columns:
        raise ValueError("a descriptor declares at least one column")
    if tier not in TIERS:
        raise ValueError(f"tier is one of {', '.join(TIERS)}, got {tier!r}")
    if version < 1:
        raise ValueError(f"versions count from 1, got {version}")

    def declare(compute: Compute) -> Descriptor:
        module = "" if compute.__module__.startswith(_OURS) else compute.__module__
        family = _family(compute)
        code = code_digest(module) if module else ""
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
                    module=module,
                    code=code,
                    log=bool(power) and column.low >= 0 if column.log is None else column.log,
                    only_cubes=only_cubes,
                    average=column.average,
                )
                _check(spelt[name])
            parts.append(Part(arguments, spelt))
        declared = Descriptor(family, compute, tuple(parts), needs)
        if module:
            # the registry finds this package's own by their files
            from .registry import add

            add(declared)
        return declared

    return declare


def _family(compute: Compute) -> str:
    """The module that declares a function; in a script, a notebook or a file given as a plug-in, the function itself."""
    package, _, module = compute.__module__.rpartition(".")
    return compute.__name__ if module.startswith("__") or package == FILES else module


def _words(arguments: Mapping[str, str], *, say_pore: bool = False) -> dict[str, str]:
    """Values of ``{phase}``, ``{axis}``, ``{_phase}`` and ``{_axis}`` in one part."""
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
