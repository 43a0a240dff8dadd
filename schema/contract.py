"""Contract of a data set, as frozen records: inputs, targets and the columns that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from .scalars import SCALARS, Scalar
from .targets import ALL_TARGETS, TARGETS, Scale, Target

InputKind = Literal["number", "category", "boolean"]

AXES: tuple[str, ...] = ("z", "y", "x")
"""Array axes 0, 1 and 2 as descriptors name them."""
METRES: Mapping[str, float] = {
    "m": 1.0,
    "mm": 1e-3,
    "um": 1e-6,
    "micron": 1e-6,
    "nm": 1e-9,
    "angstrom": 1e-10,
}
"""Units of length that a voxel size may have, in metres."""


@dataclass(frozen=True)
class DataSpec:
    """Columns of a table that are neither inputs nor targets, and how its volumes are to be read.

    Parameters
    ----------
    filename
        Column with the name of each row's volume, relative to the image folder.
    sample
        Column that names the volume; None: there is none.
    design
        Column that names the design; None: rows of equal inputs have one design.
    ok
        Column that says whether a row's simulation ran to its end, boolean or as words; None: all did.
    porosity
        Column with the stated porosity, against which volumes are checked; None: none is stated.
    voxel_size
        Column with the edge of a voxel of each volume, or one number for all; three of them along the array axes where
        voxels are no cubes; None: unknown.
    voxel_unit
        Unit of ``voxel_size``, one of ``METRES``.
    images
        Folder of the volumes, relative to the data; None: ``images`` in it, else the data itself.
    pore
        Grey values that are pore; empty: found from the stated porosity.
    axis
        Array axis that leads through the electrode: 0, 1 or 2.
    non_percolating
        Whether rows of volumes without a pore path along that axis are kept, or dropped because nothing flows there.

    """

    filename: str = "filename"
    sample: str | None = None
    design: str | None = None
    ok: str | None = None
    porosity: str | None = None
    voxel_size: str | float | tuple[str, str, str] | tuple[float, float, float] | None = None
    voxel_unit: str = "m"
    images: str | None = None
    pore: tuple[int, ...] = ()
    axis: int = 0
    non_percolating: Literal["keep", "drop"] = "keep"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is named, each once."""
        edges = self.voxel_size if isinstance(self.voxel_size, tuple) else (self.voxel_size,)
        named = (self.filename, self.sample, self.design, self.ok, self.porosity, *edges)
        return tuple(dict.fromkeys(name for name in named if isinstance(name, str)))


@dataclass(frozen=True)
class InputSpec:
    """One input of the cell that is not the image, and the columns that models see of it.

    A number is one column (``log``: positive and spanning decades, so that models may take its logarithm), a boolean
    one of 0 and 1, a category one of 0 and 1 for each of its ``levels``.
    """

    name: str
    column: str
    unit: str = "-"
    kind: InputKind = "number"
    log: bool = False
    meaning: str = ""
    levels: tuple[str, ...] = ()

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        """The numeric columns of run tables that stand for it."""
        if self.kind == "category":
            names = (f"{self.name}={level}" for level in self.levels)
            return tuple(Scalar(name, name, "-", self.meaning, log=False) for name in names)
        return (Scalar(self.name, self.name, self.unit, self.meaning, log=self.log),)


@dataclass(frozen=True)
class TargetSpec:
    """One predicted quantity as a column of the table.

    ``low`` and ``high`` bound what it can be; ``descriptor`` names the descriptor that computes it outright.
    ``derivable`` is the tier of that descriptor.
    """

    name: str
    column: str
    unit: str = "-"
    weight: float = 1.0
    scale: Scale = "raw"
    volume_only: bool = False
    low: float | None = None
    high: float | None = None
    meaning: str = ""
    descriptor: str | None = None
    derivable: str | None = None
    label: str = ""
    """Words for people; empty: those of the name."""

    @property
    def target(self) -> Target:
        """The same as scores and reports take it."""
        words = self.name.replace("_", " ")
        label = self.label or words[:1].upper() + words[1:]
        return Target(
            name=self.name,
            label=label,
            short_label=label,
            weight=self.weight,
            unit=self.unit,
            meaning=self.meaning,
            volume_only=self.volume_only,
            scale=self.scale,
            also=("raw",) if self.scale == "log" else (),
            derivable=self.derivable,
        )


@dataclass(frozen=True)
class Contract:
    """Inputs and targets of a data set; ``BUILT_IN`` is that of this project's own data.

    Under the built-in contract targets are computed from series and columns by the rules of ``targets``;
    under any other they are columns of the table. Equal contracts mean the same columns of run tables.
    """

    data: DataSpec = field(default_factory=DataSpec)
    inputs: tuple[InputSpec, ...] = ()
    outputs: tuple[TargetSpec, ...] = ()
    built_in: bool = False

    @cached_property
    def scalars(self) -> tuple[Scalar, ...]:
        """The numeric inputs, one a column of run tables."""
        return SCALARS if self.built_in else tuple(scalar for item in self.inputs for scalar in item.scalars)

    @cached_property
    def scalar_columns(self) -> tuple[str, ...]:
        """Columns of ``scalars`` in run tables."""
        return tuple(scalar.column for scalar in self.scalars)

    @cached_property
    def categories(self) -> tuple[tuple[str, ...], ...]:
        """Names of the scalars that are the levels of one category, category by category."""
        return tuple(tuple(scalar.name for scalar in item.scalars) for item in self.inputs if item.kind == "category")

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """All targets, those of weight 0 among them."""
        return ALL_TARGETS if self.built_in else tuple(item.target for item in self.outputs)

    @cached_property
    def weighted(self) -> tuple[Target, ...]:
        """The targets that count in an overall score."""
        return TARGETS if self.built_in else tuple(target for target in self.targets if target.weight > 0)

    @cached_property
    def by_name(self) -> Mapping[str, Target]:
        """The targets by their names."""
        return {target.name: target for target in self.targets}

    @cached_property
    def cell_targets(self) -> tuple[str, ...]:
        """Names of the targets of a cell."""
        return tuple(target.name for target in self.targets if not target.volume_only)

    @cached_property
    def volume_targets(self) -> tuple[str, ...]:
        """Names of the targets that depend on the volume alone."""
        return tuple(target.name for target in self.targets if target.volume_only)

    def target(self, name: str) -> Target:
        """A target by its name; KeyError where there is none."""
        return self.by_name[name]

    def volume_only(self, name: str) -> bool:
        """Whether a target depends on the volume alone; KeyError where there is none of that name."""
        return self.by_name[name].volume_only


BUILT_IN = Contract(
    data=DataSpec(sample="sample_id", design="param_id", ok="status", porosity="porosity"), built_in=True
)
"""15 design scalars and 10 targets with their companion, computed by the rules of ``targets``."""
