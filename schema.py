"""The words of the project as frozen records: targets, scalars, regimes, metrics and table columns.

Everything that more than one room must agree on is declared here, once. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

SCHEMA_VERSION = 1

Scale = Literal["raw", "log"]
Severity = Literal["error", "warning", "info"]


# ---------------------------------------------------------------------------------------------
# Inputs


@dataclass(frozen=True)
class Scalar:
    """One design scalar: an input of the cell simulation that is not the image."""

    name: str
    column: str
    unit: str
    meaning: str


SCALARS: tuple[Scalar, ...] = (
    Scalar("sei_rate", "SEI kinetic rate constant [m.s-1]", "m/s", "rate constant of SEI growth"),
    Scalar(
        "electrolyte_diffusivity", "Electrolyte diffusivity [m2.s-1]", "m2/s", "salt diffusivity in free electrolyte"
    ),
    Scalar(
        "electrolyte_concentration",
        "Initial concentration in electrolyte [mol.m-3]",
        "mol/m3",
        "initial salt concentration",
    ),
    Scalar("separator_porosity", "Separator porosity", "-", "electrolyte volume fraction of the separator"),
    Scalar("positive_radius", "Positive particle radius [m]", "m", "radius of the positive active particles"),
    Scalar("negative_radius", "Negative particle radius [m]", "m", "radius of the negative active particles"),
    Scalar("positive_thickness", "Positive electrode thickness [m]", "m", "thickness of the positive electrode"),
    Scalar("negative_thickness", "Negative electrode thickness [m]", "m", "thickness of the negative electrode"),
    Scalar(
        "sei_solvent_diffusivity",
        "Outer SEI solvent diffusivity [m2.s-1]",
        "m2/s",
        "solvent diffusivity in the outer SEI",
    ),
    Scalar("dead_lithium_decay", "Dead lithium decay constant [s-1]", "1/s", "rate at which plated lithium dies"),
    Scalar("plating_rate", "Lithium plating kinetic rate constant [m.s-1]", "m/s", "rate constant of lithium plating"),
    Scalar(
        "lam_rate",
        "Negative electrode LAM constant proportional term [s-1]",
        "1/s",
        "loss of active material, proportional term",
    ),
    Scalar(
        "cracking_rate", "Negative electrode cracking rate", "-", "Paris-law cracking rate of the negative particles"
    ),
    Scalar(
        "sei_molar_volume",
        "Outer SEI partial molar volume [m3.mol-1]",
        "m3/mol",
        "partial molar volume of the outer SEI",
    ),
    Scalar(
        "sei_activation_energy", "SEI growth activation energy [J.mol-1]", "J/mol", "activation energy of SEI growth"
    ),
)
SCALAR_COLUMNS: tuple[str, ...] = tuple(scalar.column for scalar in SCALARS)
INPUT_PREFIX = "input_"
"""Data sets may write a scalar's column with this prefix."""


# ---------------------------------------------------------------------------------------------
# Targets


@dataclass(frozen=True)
class Target:
    """One predicted quantity.

    ``scale`` is the scale on which it is learned and headlined; ``also`` the further scales on
    which it is scored. ``volume_only`` targets depend on the volume alone. ``derivable`` names the
    tier of descriptors that computes the target outright, so that predicting it is no feat.
    """

    name: str
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
        1.0,
        "cycles",
        "cycles until 80 % of the first capacity, measured or projected",
        also=("log",),
    ),
    Target("capacity_fade_rate", 0.8, "Ah/cycle", "slope of capacity against cycle number"),
    Target("initial_dcir", 0.5, "ohm", "resistance at a jump of the current in the first cycle"),
    Target("capacity_retention", 0.4, "%", "last capacity over first capacity"),
    Target("nominal_capacity", 0.3, "Ah", "first capacity of the trend"),
    Target("mean_discharge_voltage", 0.2, "V", "sample mean of the discharge voltage of the first cycle"),
    Target(
        "tau_factor",
        0.3,
        "-",
        "diffusion tortuosity factor along axis 0",
        volume_only=True,
        scale="log",
        also=("raw",),
        derivable="transport",
    ),
    Target("porosity", 0.2, "-", "pore volume fraction", volume_only=True, derivable="morphology"),
    Target(
        "d_eff",
        0.2,
        "-",
        "effective over bulk diffusivity along axis 0",
        volume_only=True,
        scale="log",
        also=("raw",),
        derivable="transport",
    ),
    Target(
        "bruggeman_exponent", 0.1, "-", "exponent b of tau = porosity^(1 - b)", volume_only=True, derivable="transport"
    ),
)
COMPANIONS: tuple[Target, ...] = (
    Target("mean_discharge_voltage_time", 0.0, "V", "time mean of the discharge voltage of the first cycle"),
)
"""Targets of weight 0 that are computed and scored beside another one."""

ALL_TARGETS: tuple[Target, ...] = TARGETS + COMPANIONS
TARGET_NAMES: tuple[str, ...] = tuple(target.name for target in TARGETS)
TARGET_BY_NAME: Mapping[str, Target] = {target.name: target for target in ALL_TARGETS}

CYCLE_LIFE_STATUSES = ("measured", "projected", "floored", "censored")
DCIR_METHODS = ("rest_to_discharge", "rest_to_charge", "discharge_to_rest")


# ---------------------------------------------------------------------------------------------
# Regimes, metrics, feature sets


@dataclass(frozen=True)
class Regime:
    """What is new about the test rows; ``seen`` says which ids of a test row training has seen."""

    name: str
    label: str
    meaning: str
    seen: frozenset[str]


_BOTH = frozenset({"volume", "design"})
REGIMES: tuple[Regime, ...] = (
    Regime("random", "R1", "nothing is new: optimistic", _BOTH),
    Regime("new-structure", "R2", "unseen volumes", frozenset({"design"})),
    Regime("new-design", "R3", "unseen parameter vectors", frozenset({"volume"})),
    Regime("new-both", "R4", "unseen volumes and unseen parameter vectors", frozenset()),
    Regime("ood-porosity", "OOD porosity", "the extreme tenth of volumes by porosity", frozenset({"design"})),
    Regime("ood-tau", "OOD tau", "the extreme tenth of volumes by tortuosity factor", frozenset({"design"})),
)
REGIME_BY_NAME: Mapping[str, Regime] = {regime.name: regime for regime in REGIMES}
MAIN_REGIMES: tuple[str, ...] = ("random", "new-structure", "new-design", "new-both")


@dataclass(frozen=True)
class Metric:
    """One score; ``better`` is the direction in which it improves."""

    name: str
    better: Literal["higher", "lower", "nominal"]
    meaning: str


METRICS: tuple[Metric, ...] = (
    Metric("r2", "higher", "1 - SSE/SST over all out-of-fold rows, SST about their own mean"),
    Metric("skill", "higher", "1 - SSE/SSE of the best trivial baseline of the regime on the same rows"),
    Metric("mae", "lower", "mean absolute error"),
    Metric("rmse", "lower", "root mean squared error"),
    Metric("coverage90", "nominal", "share of rows inside their 90 % interval"),
    Metric("width90", "lower", "mean width of the 90 % interval"),
    Metric("concordance", "higher", "share of comparable pairs in the right order"),
)


@dataclass(frozen=True)
class FeatureSet:
    """What a model may look at; ``tiers`` are the descriptor tiers joined to the scalars."""

    name: str
    scalars: bool = False
    tiers: tuple[str, ...] = ()
    physics: bool = False
    volumes: bool = False
    embedding: bool = False


FEATURE_SETS: tuple[FeatureSet, ...] = (
    FeatureSet("none"),
    FeatureSet("scalars", scalars=True),
    FeatureSet("morphology", tiers=("morphology",)),
    FeatureSet("scalars+morphology", scalars=True, tiers=("morphology",)),
    FeatureSet("scalars+morphology+transport", scalars=True, tiers=("morphology", "transport")),
    FeatureSet("scalars+morphology+transport+physics", scalars=True, tiers=("morphology", "transport"), physics=True),
    FeatureSet("volume+scalars", scalars=True, volumes=True),
    FeatureSet("embedding+scalars", scalars=True, embedding=True),
)
FEATURE_SET_BY_NAME: Mapping[str, FeatureSet] = {item.name: item for item in FEATURE_SETS}
TIERS: tuple[str, ...] = ("morphology", "transport", "network")


# ---------------------------------------------------------------------------------------------
# Findings


@dataclass(frozen=True)
class Finding:
    """One finding of the audit: how many of what, where, and what to do about it.

    ``query`` reproduces the count with pandas on the table that it names (``rows`` or ``volumes``).
    """

    code: str
    severity: Severity
    count: int
    unit: Literal["rows", "volumes", "columns", "designs"]
    message: str
    examples: tuple[str, ...] = ()
    remedy: str = ""
    query: str = ""
    value: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return {**asdict(self), "examples": list(self.examples)}


# ---------------------------------------------------------------------------------------------
# Tables

Kind = Literal["int8", "int32", "float32", "float64", "string", "bool", "source"]
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
"""What ``poregrove targets`` writes: one row an input row, in order."""

ROWS = TableSchema(
    "rows",
    (
        *_KEYS,
        Field("volume_digest", "string"),
        Field("design_digest", "string", "null for the rows of distinct volumes"),
        *_floats(SCALAR_COLUMNS),
        *_floats(_ALL_TARGET_NAMES),
        Field("cycle_life_status", "string"),
        Field("last_cycle", "float64"),
    ),
)
"""Run table: cell rows carry the cell targets; then one row a distinct volume (null ``param_id``)
carries the volume-only targets. Every other cell of a target is NaN."""

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

SCORES = TableSchema(
    "scores",
    (
        *(Field(name, "string") for name in (*PREDICTION_PARTITIONS, "metric", "scale")),
        *_floats(("value", "lo", "hi")),
        *(Field(name, "int32") for name in ("n_rows", "n_volumes", "n_designs")),
    ),
)
