"""A clean data set as frames, and the means to bend one thing about it."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.audit import Evidence, audit
from poregrove.pipelines.data.designs import design_digests
from poregrove.pipelines.data.inputs import encoded
from poregrove.schema import (
    ALL_TARGETS,
    CELL_TARGETS,
    OBSERVATIONS,
    SCALAR_COLUMNS,
    VOLUMES,
    Contract,
    DataSpec,
    Finding,
    InputSpec,
    TableSchema,
    TargetSpec,
)

VOLUME_COUNT, DESIGN_COUNT = 24, 12
STANDING = {"pore_phase", "current_sign", "repeated_design"}
"""Findings of a clean crossed set: its two conventions, and that it is crossed."""

Cells = Mapping[str, Mapping[int, object]]


@pytest.fixture
def clean() -> Evidence:
    """24 volumes x 12 designs without a fault; row = 12 x volume + design."""
    rng = np.random.default_rng(7)
    volumes = _volumes(rng)
    rows = _crossed(volumes, rng)
    return Evidence(_with_designs(_typed(rows, OBSERVATIONS)), _typed(volumes, VOLUMES), current_sign=1)


@pytest.fixture
def bend(clean: Evidence) -> Callable[..., Evidence]:
    """The clean set with some cells replaced: ``bend(rows={column: {row: value}}, volumes={…})``."""

    def bent(*, rows: Cells | None = None, volumes: Cells | None = None, **fields: object) -> Evidence:
        return dataclasses.replace(
            clean, rows=_with_designs(_bent(clean.rows, rows)), volumes=_bent(clean.volumes, volumes), **fields
        )

    return bent


@pytest.fixture
def fail(bend: Callable[..., Evidence]) -> Callable[[Iterable[int]], Evidence]:
    """The clean set with the simulation of some rows failed."""

    def failed(rows: Iterable[int]) -> Evidence:
        where = list(rows)
        lost = {
            "status": "failed", "failed": True, "last_cycle": np.nan, "trend_points": 0, "current_sign": 0,
            "leading_rest": False, "dcir_voltage": np.nan, "dcir_method": None, "cycle_life_status": None,
            **dict.fromkeys(CELL_TARGETS, np.nan),
            **dict.fromkeys((f"{name}_reason" for name in CELL_TARGETS), "failed"),
            **dict.fromkeys(("projection_86", "projection_90", "projection_95"), np.nan),
        }  # fmt: skip
        return bend(rows={column: dict.fromkeys(where, value) for column, value in lost.items()})

    return failed


@pytest.fixture
def own(clean: Evidence) -> Callable[..., Evidence]:
    """24 rows, one a volume, under a contract of their own: inputs ``load`` and ``grade``, target ``strength``."""

    def made(
        *, target: TargetSpec | None = None, inputs: tuple[InputSpec, ...] | None = None, **columns: object
    ) -> Evidence:
        rng = np.random.default_rng(3)
        volumes = clean.volumes
        table = pd.DataFrame(
            {
                "load": rng.uniform(1.0, 2.0, VOLUME_COUNT),
                "grade": ["a", "b"] * (VOLUME_COUNT // 2),
                "strength": rng.uniform(5.0, 9.0, VOLUME_COUNT),
                **columns,
            }
        )
        specs = (InputSpec("load", "load"), InputSpec("grade", "grade", kind="category", levels=("a", "b")))
        contract = Contract(
            DataSpec(), specs if inputs is None else inputs, (target or TargetSpec("strength", "strength"),)
        )
        name = contract.outputs[0].name
        keys = {"row": np.arange(VOLUME_COUNT), "sample_id": None, "param_id": None, "filename": volumes["filename"]}
        missing = np.where(np.isnan(table["strength"].to_numpy()), "missing", None)
        rows = pd.DataFrame(
            {
                **keys,
                "status": None,
                "failed": False,
                **{str(column): values for column, values in encoded(table, contract, "the table").items()},
                name: table["strength"].to_numpy(),
                f"{name}_reason": missing,
            }
        )
        rows = rows.assign(design_digest=design_digests(rows, contract.scalar_columns))
        return dataclasses.replace(clean, rows=rows, contract=contract, table=table)

    return made


@pytest.fixture
def rows_of() -> Callable[[int], range]:
    """The rows of a volume."""
    return lambda volume: range(volume * DESIGN_COUNT, (volume + 1) * DESIGN_COUNT)


@pytest.fixture
def findings() -> Callable[[Evidence], dict[str, Finding]]:
    """Findings of an audit besides those of every clean set, by code; each query must give its count."""

    def found(evidence: Evidence) -> dict[str, Finding]:
        everything = audit(evidence)
        for finding in everything:
            assert reproduced(finding, evidence) == finding.count, finding
        return {finding.code: finding for finding in everything if finding.code not in STANDING}

    return found


@pytest.fixture
def counts(findings: Callable[[Evidence], dict[str, Finding]]) -> Callable[[Evidence], dict[str, int]]:
    """The counts of ``findings`` by code."""
    return lambda evidence: {code: finding.count for code, finding in findings(evidence).items()}


def reproduced(finding: Finding, evidence: Evidence) -> int:
    """Number of rows that the finding's query selects, evaluated as a reader would."""
    names = {"rows": evidence.rows, "volumes": evidence.volumes, "table": evidence.table, "pandas": pd, "numpy": np}
    return len(eval(finding.query, names))  # noqa: S307  the product's own query


def _volumes(rng: np.random.Generator) -> pd.DataFrame:
    porosity = rng.permutation(np.linspace(0.25, 0.65, VOLUME_COUNT))
    names = [f"volume_{number:02d}.tif" for number in range(VOLUME_COUNT)]
    digests = [f"digest {number}" for number in range(VOLUME_COUNT)]
    return pd.DataFrame(
        {
            "filename": names,
            "status": "ok",
            "reason": None,
            "volume_digest": digests,
            "canonical_digest": digests,
            "shape": "64x64x64",
            "pore_value": "255",
            "threshold": np.nan,
            "porosity_voxels": porosity,
            "porosity_given": porosity,
            "percolates": True,
            "spacing": None,
            "note": None,
            "same_image_as": None,
        }
    )


def _crossed(volumes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = VOLUME_COUNT * DESIGN_COUNT
    volume, design = np.divmod(np.arange(n), DESIGN_COUNT)
    porosity = volumes["porosity_voxels"].to_numpy()[volume]
    tau = rng.permutation(np.linspace(1.5, 4.0, VOLUME_COUNT))[volume]
    exponent = 1.0 - np.log(tau) / np.log(porosity)
    scalars = rng.uniform(1.0, 2.0, (DESIGN_COUNT, len(SCALAR_COLUMNS)))[design]
    scalars *= [1e-5 if name.endswith("[m]") else 1.0 for name in SCALAR_COLUMNS]
    measured = np.arange(n) % 2 == 0
    life = np.where(measured, rng.uniform(100.0, 299.0, n), rng.uniform(301.0, 900.0, n))
    time_mean = rng.uniform(3.5, 3.8, n)
    return pd.DataFrame(
        {
            "row": np.arange(n),
            "sample_id": volume,
            "param_id": design,
            "filename": volumes["filename"].to_numpy()[volume],
            "status": "success",
            "failed": False,
            **dict(zip(SCALAR_COLUMNS, scalars.T, strict=True)),
            "design_digest": "",
            "projected_cycle_life": life,
            "capacity_fade_rate": -rng.uniform(0.01, 0.02, n),
            "initial_dcir": rng.uniform(0.01, 0.03, n),
            "capacity_retention": rng.uniform(75.0, 95.0, n),
            "nominal_capacity": rng.uniform(4.0, 8.0, n),
            "mean_discharge_voltage": time_mean + 0.1,
            "mean_discharge_voltage_time": time_mean,
            **{name: values for base, values in _properties(tau, porosity, exponent) for name in base},
            **{f"{target.name}_reason": None for target in ALL_TARGETS},
            "cycle_life_status": np.where(measured, "measured", "projected"),
            "dcir_method": "rest_to_discharge",
            "dcir_voltage": 4.1,
            "trend_points": 300,
            "trend_dropped": 0,
            "trend_faults": None,
            "last_cycle": 300.0,
            "leading_rest": True,
            "current_sign": 1,
            **{f"projection_{cut}": np.where(measured, 1.01 * life, np.nan) for cut in (86, 90, 95)},
        }
    )


def _properties(
    tau: np.ndarray, porosity: np.ndarray, exponent: np.ndarray
) -> list[tuple[tuple[str, str], np.ndarray]]:
    return [
        (("tau_factor", "tau_factor_raw"), tau),
        (("porosity", "porosity_raw"), porosity),
        (("d_eff", "d_eff_raw"), porosity / tau),
        (("bruggeman_exponent", "bruggeman_raw"), exponent),
    ]


def _typed(frame: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    """The columns of a schema in its order and kinds, as reading a data set gives them."""
    kinds = {
        field.name: {"string": "str"}.get(field.kind, field.kind) for field in schema.fields if field.kind != "source"
    }
    nullable = {"percolates": "boolean"} if schema is VOLUMES else {}
    return frame[list(schema.names)].astype(kinds | nullable)


def _with_designs(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(design_digest=design_digests(rows).astype("str"))


def _bent(frame: pd.DataFrame, cells: Cells | None) -> pd.DataFrame:
    frame = frame.copy()
    for column, values in (cells or {}).items():
        frame.loc[list(values), column] = pd.Series(values).astype(frame[column].dtype)
    return frame
