"""A clean data set on disk, small and made by a known law: nothing in it that an audit should object to."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile
from synthetic_world import fits, make, models, runner, runner_in, world

from poregrove.pipelines.simulate.microstructures import gaussian_random_field
from poregrove.schema import SCALAR_COLUMNS

__all__ = ["fits", "make", "models", "runner", "runner_in", "world"]
"""Fixtures of the synthetic world, for the tests of tables, splits, training and scoring."""

CYCLES = 101
"""Capacities that every trend holds, from cycle 0."""


@dataclass(frozen=True)
class CleanSet:
    """The folder of a data set and the law that made it: what a test may compare with."""

    folder: Path
    porosity: np.ndarray
    tau: np.ndarray
    lives: dict[tuple[int, int], float] = field(default_factory=dict)


def make_clean_set(
    folder: Path,
    *,
    n_volumes: int = 12,
    n_designs: int = 12,
    size: int = 16,
    seed: int = 0,
    prefix: str = "input_",
    pore: int = 255,
    solid: int = 0,
    sign: float = 1.0,
) -> CleanSet:
    """Write images/ and rows/ of a complete crossing; the keywords turn its conventions around."""
    rng = np.random.default_rng(seed)
    masks = [
        gaussian_random_field((size, size, size), porosity=target, correlation_length=2.0, seed=seed + number)
        for number, target in enumerate(rng.uniform(0.45, 0.8, n_volumes))
    ]
    made = CleanSet(folder, np.array([mask.mean() for mask in masks]), rng.uniform(1.2, 2.5, n_volumes))
    scalars = np.exp(rng.normal(0.0, 0.5, (n_designs, len(SCALAR_COLUMNS))))
    (folder / "images").mkdir(parents=True)
    (folder / "rows").mkdir()
    for number, mask in enumerate(masks):
        name = f"sample_{number:05d}"
        voxels = np.where(mask, pore, solid).astype(np.uint8)
        tifffile.imwrite(folder / "images" / f"{name}.tif", voxels, photometric="minisblack")
        rows = [
            row(made, number, design, scalars[design], prefix=prefix, sign=sign, rng=rng) for design in range(n_designs)
        ]
        pq.write_table(pa.Table.from_pylist(rows), folder / "rows" / f"{name}.parquet")
    return made


def row(made: CleanSet, volume: int, design: int, scalars: np.ndarray, **how: Any) -> dict[str, Any]:
    """One cell: an early loss set by the volume, then a straight fade set by the design, a little noise in both."""
    rng = how["rng"]
    first = 4.0 + scalars[7] ** 0.5 + made.porosity[volume]
    early = 0.11 * (made.tau[volume] - 1.2) / 1.3 + rng.uniform(0.0, 0.01)
    slope = 8e-5 + 5.5e-4 * scalars[0] / (1.0 + scalars[0]) + rng.uniform(0.0, 1e-5)
    cycles = np.arange(CYCLES)
    capacity = first * (1.0 - early * (1.0 - np.exp(-2.0 * cycles)) - slope * cycles)
    made.lives[volume, design] = (0.2 - early) / slope
    porosity, tau = float(made.porosity[volume]), float(made.tau[volume])
    return {
        "sample_id": volume,
        "param_id": design,
        "filename": f"sample_{volume:05d}.tif",
        "porosity": porosity,
        "tau_factor": tau,
        "D_eff": porosity / tau,
        "bruggeman_derived": 1.0 - np.log(tau) / np.log(porosity),
        **{how["prefix"] + name: float(value) for name, value in zip(SCALAR_COLUMNS, _lengths(scalars), strict=True)},
        "status": "success",
        "capacity_trend_cycles": cycles.tolist(),
        "capacity_trend_ah": capacity.tolist(),
        "cycle_first": cycle(resistance=0.01 + 0.004 * scalars[1] / porosity, sign=how["sign"], shift=0.1 * scalars[2]),
    }


def _lengths(scalars: np.ndarray) -> np.ndarray:
    """The scalars with their lengths those of electrodes."""
    return scalars * [1e-5 if name.endswith("[m]") else 1.0 for name in SCALAR_COLUMNS]


def cycle(*, resistance: float, sign: float, shift: float) -> dict[str, list[float]]:
    """Rest, an hour of discharge, rest, charge, at even steps; the first jump of the voltage is the resistance's."""
    hours = np.arange(0.0, 2.4, 0.05)
    current = np.select([hours < 0.2, hours < 1.2, hours < 1.4], [0.0, 5.0, 0.0], -5.0)
    charge = np.cumsum(current) * 0.05
    voltage = 4.1 - shift - 0.2 * charge / 5.0 - resistance * current
    return {"Time_h": hours.tolist(), "Voltage_V": voltage.tolist(), "Current_A": (sign * current).tolist()}


@pytest.fixture
def clean_set(tmp_path):
    """The clean set, made anew for a test that may spoil it."""
    return make_clean_set(tmp_path / "data")


@pytest.fixture(scope="session")
def shared_clean_set(tmp_path_factory):
    """The clean set, for tests that only read it."""
    return make_clean_set(tmp_path_factory.mktemp("clean") / "data")


@pytest.fixture(scope="session")
def clean_set_maker():
    """``make_clean_set``, for tests that turn its conventions around."""
    return make_clean_set
