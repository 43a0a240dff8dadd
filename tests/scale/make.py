"""A data set of any size in the users' layout, whose law is known.

    python tests/scale/make.py --out /tmp/scale/data --volumes 1000 --designs 100 --size 32

writes what ``poregrove simulate`` writes, one TIFF and one Parquet file a volume, with the same volumes and designs, but with
cells out of closed forms in place of PyBaMM: a million rows take minutes and not years. Prints, and keeps in ``law.json``,
the R2 that a model can reach at best on the rows of each target: that of the expectation given volume and design, which only the
noise of the cells keeps from 1. Started again in the same folder it writes the files that lack.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from poregrove.files import replacing
from poregrove.pipelines.runs.atomic import write_json, write_parquet
from poregrove.pipelines.simulate.designs import RANGES, latin_hypercube
from poregrove.pipelines.simulate.simulate import GENERATORS
from poregrove.pipelines.simulate.volumes import Transport, draw, generator_of
from poregrove.pipelines.simulate.writer import (
    FAILED,
    NOT_SIMULATED,
    ROW_SCHEMA,
    SUCCESS,
    image_name,
    rows_name,
    write_image,
)
from poregrove.schema import INPUT_PREFIX, SCALAR_COLUMNS, SCALARS

LAW = "law.json"
"""File with the best R2 by target, written last."""
CAP = 5000.0
CURRENT = 5.0
END_OF_LIFE = 0.8
_FAILURES = 0.015
"""Share of simulations that fail, as in the users' data."""
_NOISE = {"life": 0.25, "capacity": 0.1, "resistance": 0.1, "voltage": 0.1}
"""Standard deviations of what neither volume nor design decides, on the scale of the latent quantities, which is about 1."""
_NODES = 24
"""Of the quadrature over that noise."""
_OF_DESIGN = {
    "life": {"sei_rate": -1.5, "sei_solvent_diffusivity": -0.9, "lam_rate": -0.8, "plating_rate": -0.5},
    "capacity": {"positive_thickness": 1.8, "negative_thickness": 1.4, "positive_radius": -0.6},
    "resistance": {"electrolyte_concentration": -1.2, "separator_porosity": -0.8, "negative_radius": 0.9},
    "voltage": {"electrolyte_diffusivity": 1.0, "positive_radius": -1.0, "negative_thickness": -0.5},
}
"""Weights of the position of a scalar within its range, less a half."""
_OF_VOLUME = {"life": 1.0, "capacity": 0.3, "resistance": -1.0, "voltage": 0.8}
"""Weights of the one number that the image decides."""
_OF_BOTH = {"life": 0.4, "capacity": 0.0, "resistance": -0.3, "voltage": 0.2}
"""Weights of the product of both."""


@dataclass(frozen=True)
class Plan:
    """What a data set is made of; ``points`` is the length of a series, in the mean where lengths vary."""

    volumes: int
    designs: int
    size: int
    points: int = 300
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Cells:
    """What decides the series of some cells, and so their targets: float64[n] each."""

    life: np.ndarray
    """Cycle at which the capacity has fallen to the end of life, in a straight line from the first."""
    capacity: np.ndarray
    """Ah."""
    resistance: np.ndarray
    """ohm."""
    voltage: np.ndarray
    """V, the mean of the discharge without its resistance."""


@dataclass(frozen=True, eq=False)
class Made:
    """Targets of all rows in order as their definitions give them, NaN where there is no cell, and their expectations."""

    targets: Mapping[str, np.ndarray]
    expected: Mapping[str, np.ndarray]

    @property
    def best_r2(self) -> dict[str, float]:
        """R2 of the expectations by target, about the mean of all values that are there."""
        return {name: _r2(values, self.expected[name]) for name, values in self.targets.items()}


def make(out: Path, plan: Plan) -> Made:
    """Write the data set. ValueError where the folder holds another."""
    out.mkdir(parents=True, exist_ok=True)
    known = out / "plan.json"
    if known.exists() and json.loads(known.read_text(encoding="utf-8")) != asdict(plan):
        raise ValueError(f"{out}: holds a data set of another plan")
    write_json(known, asdict(plan))
    vectors = latin_hypercube(plan.designs, seed=plan.seed)
    scalars = np.array([[vector[name] for name in SCALAR_COLUMNS] for vector in vectors])
    found, expected = [], []
    for number in range(plan.volumes):
        numbers = _volume(out, plan, number)
        targets, best, table = _rows(plan, number, numbers, scalars)
        found.append(targets)
        expected.append(best)
        if not (path := out / "rows" / rows_name(number)).exists():
            write_parquet(path, table)
    made = Made(
        {name: np.concatenate([item[name] for item in found]) for name in found[0]},
        {name: np.concatenate([item[name] for item in expected]) for name in found[0]},
    )
    write_json(out / LAW, made.best_r2)
    return made


def _r2(found: np.ndarray, expected: np.ndarray) -> float:
    there = np.isfinite(found)
    y, best = found[there], expected[there]
    return float(1 - ((y - best) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def _volume(out: Path, plan: Plan, number: int) -> Mapping[str, float | None]:
    """Transport and share of wall of a volume, its image written; kept beside it, for they cost more than the rest."""
    kept = out / "made" / f"{number:05d}.json"
    if kept.exists():
        numbers: Mapping[str, float | None] = json.loads(kept.read_text(encoding="utf-8"))
        return numbers
    kind = generator_of(number, plan.volumes, GENERATORS)
    _, pore, transport = draw(kind, plan.size, seed=plan.seed, number=number)
    write_image(out / "images" / image_name(number), pore)
    pairs = [np.diff(pore, axis=axis) for axis in range(pore.ndim)]
    numbers = {**asdict(transport), "wall": sum(map(np.count_nonzero, pairs)) / sum(item.size for item in pairs)}
    kept.parent.mkdir(exist_ok=True)
    with replacing(kept) as temporary:
        temporary.write_text(json.dumps(numbers), encoding="utf-8")
    return numbers


def _rows(
    plan: Plan, number: int, numbers: Mapping[str, float | None], scalars: np.ndarray
) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray], pa.Table]:
    """Targets, their expectations, and the rows of one volume with every design."""
    rng = np.random.default_rng([plan.seed, number, plan.designs])
    n = len(scalars)
    percolates = numbers["tau_factor"] is not None
    noise = {name: rng.standard_normal(n) for name in _NOISE}
    failed = rng.random(n) < _FAILURES
    there = ~failed if percolates else np.zeros(n, bool)
    centre = _latent(numbers, scalars) if percolates else {name: np.full(n, np.nan) for name in _NOISE}
    cells = _cells({name: centre[name] + scale * noise[name] for name, scale in _NOISE.items()})
    targets = {name: np.where(there, values, np.nan) for name, values in _targets(cells, plan.points).items()}
    table = pa.table(
        {
            "sample_id": np.full(n, number),
            "param_id": np.arange(n),
            "filename": [image_name(number)] * n,
            **_transport(numbers, n),
            **{INPUT_PREFIX + name: scalars[:, place] for place, name in enumerate(SCALAR_COLUMNS)},
            "nominal_capacity_Ah": np.full(n, 5.0),
            "status": np.where(there, SUCCESS, FAILED if percolates else NOT_SIMULATED),
            "error_message": pa.array(np.where(there, "", "no cell"), mask=there),
            **_series(cells, there, plan.points, rng),
        }
    )
    return targets, _expected(centre, plan.points), table.select(ROW_SCHEMA.names).cast(ROW_SCHEMA)


def _latent(numbers: Mapping[str, float | None], scalars: np.ndarray) -> dict[str, np.ndarray]:
    """What volume and design decide of each latent quantity, of about unit spread."""
    porosity, tau, wall = (float(numbers[name] or np.nan) for name in ("porosity", "tau_factor", "wall"))
    image = 3 * (porosity - 0.5) - 1.2 * (np.log(tau) - 0.87) + 1.2 * (np.log(wall) + 1.93)
    column = {scalar.name: scalars[:, place] for place, scalar in enumerate(SCALARS)}
    place = {
        item.name: np.log(column[item.name] / item.low) / np.log(item.high / item.low)
        if item.log
        else (column[item.name] - item.low) / (item.high - item.low)
        for item in RANGES
    }
    design = {name: sum(w * (place[of] - 0.5) for of, w in weights.items()) for name, weights in _OF_DESIGN.items()}
    return {
        name: design[name] + _OF_VOLUME[name] * image + _OF_BOTH[name] * image * design[name] for name in _OF_DESIGN
    }


def _cells(latent: Mapping[str, np.ndarray]) -> Cells:
    return Cells(
        life=1500.0 * np.exp(0.6 * latent["life"]),
        capacity=5.0 * np.exp(0.1 * latent["capacity"]),
        resistance=0.02 * np.exp(0.3 * latent["resistance"]),
        voltage=3.6 + 0.05 * latent["voltage"],
    )


def _targets(cells: Cells, points: int) -> dict[str, np.ndarray]:
    """The targets of cells as the definitions give them for their series."""
    seen = np.ceil(cells.life) <= points
    fade = (1 - END_OF_LIFE) / (cells.life - 1)
    return {
        "projected_cycle_life": np.where(seen, np.ceil(cells.life), np.minimum(np.maximum(cells.life, points), CAP)),
        "capacity_fade_rate": -cells.capacity * fade,
        "initial_dcir": cells.resistance,
        "capacity_retention": 100 * (1 - fade * (points - 1)),
        "nominal_capacity": cells.capacity,
        "mean_discharge_voltage": cells.voltage - CURRENT * cells.resistance,
    }


def _expected(centre: Mapping[str, np.ndarray], points: int) -> dict[str, np.ndarray]:
    """The targets' expectations over the noise, by Gauss and Hermite; each is a sum or a product of independent parts."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()

    def mean(values: np.ndarray) -> np.ndarray:
        return values @ weights

    cells = _cells({name: values[:, None] + _NOISE[name] * nodes for name, values in centre.items()})
    capacity, resistance = mean(cells.capacity), mean(cells.resistance)
    one = Cells(cells.life, np.ones_like(cells.life), cells.resistance, cells.voltage)
    of_life = _targets(one, points)
    return {
        "projected_cycle_life": mean(of_life["projected_cycle_life"]),
        "capacity_fade_rate": capacity * mean(of_life["capacity_fade_rate"]),
        "initial_dcir": resistance,
        "capacity_retention": mean(of_life["capacity_retention"]),
        "nominal_capacity": capacity,
        "mean_discharge_voltage": mean(cells.voltage) - CURRENT * resistance,
    }


def _transport(numbers: Mapping[str, float | None], n: int) -> dict[str, pa.Array]:
    """The columns of a volume's own properties; null where it does not percolate."""
    known = Transport(float(numbers["porosity"] or np.nan), numbers["tau_factor"], numbers["d_eff"])
    exponent = known.structure.bruggeman if known.structure else None
    named = {"porosity": known.porosity, "tau_factor": known.tau_factor, "D_eff": known.d_eff}
    return {
        name: pa.array([value] * n, pa.float64()) for name, value in {**named, "bruggeman_derived": exponent}.items()
    }


def _series(cells: Cells, there: np.ndarray, points: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Trends of ``points`` cycles and first cycles of half to one and a half times as many samples."""
    lengths = np.where(there, points, 0)
    cycle = np.tile(np.arange(1, points + 1), int(there.sum()))
    share = (1 - END_OF_LIFE) * (cycle - 1) / np.repeat((cells.life - 1)[there], points)
    trend = np.repeat(cells.capacity[there], points) * (1 - share)
    samples = np.where(there, rng.integers(max(points // 2, 8), points + points // 2 + 1, len(there)), 0)
    time, voltage, current = _first_cycles(cells, samples)
    members = [_lists(samples, values.astype(np.float32)) for values in (time, voltage, current)]
    return {
        "capacity_trend_cycles": _lists(lengths, cycle, ~there),
        "capacity_trend_ah": _lists(lengths, trend, ~there),
        "cycle_first": pa.StructArray.from_arrays(members, ["Time_h", "Voltage_V", "Current_A"], mask=pa.array(~there)),
    }


def _first_cycles(cells: Cells, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hours, volts and amperes (positive on discharge): a rest, a discharge with even steps down to its end, a charge."""
    rest = np.maximum(samples // 20, 1)
    discharge = samples // 2
    place = np.arange(samples.sum()) - np.repeat(np.cumsum(samples) - samples, samples)
    each = {name: np.repeat(getattr(cells, name), samples) for name in ("resistance", "voltage")}
    began, lasts = np.repeat(rest, samples), np.repeat(discharge, samples)
    drawn = np.clip((place - began) / np.maximum(lasts - 1, 1), 0.0, 1.0)
    current = np.select([place < began, place < began + lasts], [0.0, CURRENT], -CURRENT)
    charged = np.clip((place - began - lasts) / np.maximum(np.repeat(samples, samples) - began - lasts, 1), 0.0, 1.0)
    voltage = each["voltage"] + 0.4 - 0.8 * drawn + 0.8 * charged - each["resistance"] * current
    return place / 60.0, voltage, current


def _lists(lengths: np.ndarray, values: np.ndarray, absent: np.ndarray | None = None) -> pa.Array:
    """Lists one behind the other; null where ``absent``."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    if absent is None:
        return pa.ListArray.from_arrays(offsets, pa.array(values))
    return pa.ListArray.from_arrays(offsets, pa.array(values), mask=pa.array(absent))


def main() -> None:
    """Make the data set and print the best R2 by target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--volumes", type=int, default=1000)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--size", type=int, default=32, help="edge of a volume, in voxels")
    parser.add_argument("--points", type=int, default=300, help="points of a series")
    parser.add_argument("--seed", type=int, default=0)
    options = vars(parser.parse_args())
    best = make(options.pop("out"), Plan(**options)).best_r2
    sys.stdout.write(f"{json.dumps({name: round(value, 4) for name, value in best.items()}, indent=1)}\n")


if __name__ == "__main__":
    main()
