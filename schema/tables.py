"""The columns of every table that is written or passed between packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .contract import BUILT_IN, Contract
from .scalars import SCALAR_COLUMNS
from .targets import ALL_TARGETS, CYCLE_LIFE_STATUSES, DCIR_METHODS, TARGET_NAMES

Kind = Literal["int8", "int32", "float32", "float64", "string", "bool", "binary", "source"]
"""Column types; ``source`` keeps whatever type the data set's own key has."""


@dataclass(frozen=True)
class Field:
    """One column of a run table."""

    name: str
    kind: Kind
    meaning: str = ""


@dataclass(frozen=True)
class TableSchema:
    """The columns that a table has at least, in order."""

    name: str
    fields: tuple[Field, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(item.name for item in self.fields)


def _floats(names: Iterable[str], meaning: str = "") -> tuple[Field, ...]:
    return tuple(Field(name, "float64", meaning) for name in names)


_KEYS = (
    Field("row", "int32", "position in the data set"),
    Field("sample_id", "source"),
    Field("param_id", "source"),
)
_ALL_TARGET_NAMES = tuple(target.name for target in ALL_TARGETS)

OBSERVATIONS = TableSchema(
    "observations",
    (
        *_KEYS,
        Field("filename", "string", "volume, relative to the image folder"),
        Field("status", "string", "status as the data set gives it, null where it gives none"),
        Field("failed", "bool", "the simulation of this row failed"),
        *_floats(SCALAR_COLUMNS, "design scalar"),
        Field(
            "design_digest",
            "string",
            "of the design: equal where the scalars are but for the digits they are stored with",
        ),
        *_floats(_ALL_TARGET_NAMES, "target, NaN where undefined"),
        *(
            Field(f"{name}_reason", "string", "why the target is NaN, null where it is not")
            for name in _ALL_TARGET_NAMES
        ),
        Field("cycle_life_status", "string", " | ".join(CYCLE_LIFE_STATUSES)),
        Field("dcir_method", "string", " | ".join(DCIR_METHODS)),
        Field("dcir_voltage", "float64", "V, voltage before the jump"),
        Field("trend_points", "int32", "finite (cycle, capacity) pairs"),
        Field("trend_dropped", "int32", "pairs dropped for a non-finite member"),
        Field("trend_faults", "string", "what is odd about the trend, joined by ';', null where nothing"),
        Field("last_cycle", "float64", "cycle number of the last finite pair"),
        Field("leading_rest", "bool", "the first cycle starts at rest"),
        Field("current_sign", "int8", "sign of the current under which the voltage falls, 0 = undecided"),
        *_floats(
            ("projection_86", "projection_90", "projection_95"),
            "life projected from a measured trend cut at that percentage",
        ),
        *_floats(("tau_factor_raw", "d_eff_raw", "bruggeman_raw", "porosity_raw"), "as the data set gives it"),
    ),
)
"""One row an input row, in order: what reading a data set yields."""

VOLUMES = TableSchema(
    "volumes",
    (
        Field("filename", "string"),
        Field("status", "string", "ok | missing | unreadable"),
        Field("reason", "string", "why it is not ok, null where it is"),
        Field("volume_digest", "string", "content of the pore mask, shape and voxel size"),
        Field("canonical_digest", "string", "the same up to flips, quarter turns and complement"),
        Field("shape", "string", "z x y x x, as in 128x128x128"),
        Field("pore_value", "string", "grey values taken as pore"),
        Field("threshold", "float64", "Otsu threshold of a grey volume, NaN for labels"),
        Field("porosity_voxels", "float64", "share of pore voxels"),
        Field("porosity_given", "float64", "porosity as the data set states it, NaN where it does not"),
        Field("percolates", "bool", "a pore path joins the two faces of axis 0"),
        Field("spacing", "string", "edges of a voxel as the file states them, null where it states none"),
        Field("note", "string", "what a reader of its numbers should know of the file, null where nothing"),
        Field("same_image_as", "string", "first file of the larger image that this one overlaps, null where none does"),
    ),
)
"""One row a distinct file name of a data set: what looking at its volumes yields."""

TARGET_TABLE = TableSchema(
    "targets",
    (
        Field("sample_id", "source"),
        Field("param_id", "source"),
        Field("filename", "string"),
        *_floats(TARGET_NAMES),
        Field("mean_discharge_voltage_time", "float64"),
        Field("cycle_life_status", "string"),
        Field("dcir_method", "string"),
    ),
)
"""Table of ``poregrove targets``: one row an input row, in order."""


def rows_schema(contract: Contract) -> TableSchema:
    """The run table ``rows`` under a contract: keys, scalars and targets."""
    return TableSchema(
        "rows",
        (
            *_KEYS,
            Field("volume_digest", "string"),
            Field("design_digest", "string", "null for the rows of distinct volumes"),
            *_floats(contract.scalar_columns),
            *_floats(target.name for target in contract.targets),
            Field("cycle_life_status", "string"),
            Field("last_cycle", "float64"),
        ),
    )


ROWS = rows_schema(BUILT_IN)
"""Run table: cell rows carry the cell targets; then one row a distinct volume (null ``param_id``)
carries the volume-only targets. Every other cell of a target is NaN."""


def fold_rows_schema(contract: Contract) -> TableSchema:
    """The table ``rows`` of ``poregrove folds`` under a contract: keys, scalars and targets."""
    return TableSchema(
        "rows",
        (
            Field("row", "int32", "position in the data set; rows of distinct volumes follow after the last"),
            Field(
                "kind",
                "string",
                "cell: one design in one volume; volume: one distinct volume, with the targets of the volume alone",
            ),
            Field("sample_id", "source"),
            Field("param_id", "source", "null for the rows of distinct volumes"),
            Field("filename", "string", "volume, relative to the image folder"),
            Field("volume_digest", "string"),
            *_floats(contract.scalar_columns, "design scalar, null for the rows of distinct volumes"),
            *_floats((target.name for target in contract.targets), "target, null where undefined"),
        ),
    )


FOLD_ROWS = fold_rows_schema(BUILT_IN)
"""Table of ``poregrove folds``: the rows of a comparison that have a target."""

FOLD_PARTS = TableSchema(
    "folds",
    (
        Field("regime", "string"),
        Field("repeat", "int32"),
        Field("fold", "int32"),
        Field("row", "int32"),
        Field("part", "string", "train | validation | test"),
        Field(
            "shares_with_validation",
            "bool",
            "a training row that shares a volume or a design with a validation row; in new-both alone",
        ),
    ),
)
"""Table of ``poregrove folds``: the rows of each fold by what they are for."""

FEATURES = TableSchema("features", (Field("volume_digest", "string"), Field("status", "string")))
"""Run table: one row a distinct volume, then one float64 column a descriptor."""

PREDICTIONS = TableSchema(
    "predictions",
    (
        Field("row", "int32"),
        Field("fold", "int32"),
        Field("repeat", "int32"),
        Field("y_pred", "float32", "on the raw scale of the target"),
        Field("y_lo", "float32", "lower bound of the 90 % interval, NaN where none is claimed"),
        Field("y_hi", "float32"),
    ),
)
PREDICTION_PARTITIONS = ("target", "model", "features", "regime")
