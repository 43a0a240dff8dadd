"""Synthetic run tables with a known law, and small models that need no library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import ModelError
from poregrove.models.base import ModelInfo, Prediction, Rows
from poregrove.pipelines.scoring.score import score_run
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.run import run_comparison
from poregrove.schema import ALL_TARGETS, FEATURE_SETS, OBSERVATIONS, SCALAR_COLUMNS

ALL_SETS = tuple(item.name for item in FEATURE_SETS if item.name != "none")
TIERS = {
    "porosity": "morphology",
    "surface": "morphology",
    "texture": "morphology",
    "relative_diffusivity_z": "transport",
}


@dataclass(frozen=True)
class World:
    """The tables of one synthetic data set."""

    observations: pd.DataFrame
    volumes: pd.DataFrame
    features: pd.DataFrame


def make_world(
    n_volumes: int = 12,
    n_designs: int = 24,
    *,
    rows_per_volume: int | None = None,
    seed: int = 0,
    life: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> World:
    """A (by default complete) crossing: life = 1000 + volume effect + design effect + noise."""
    rng = np.random.default_rng(seed)
    pairs = [
        (v, d) for v in range(n_volumes) for d in np.sort(rng.permutation(n_designs)[: rows_per_volume or n_designs])
    ]
    volume, design = np.array(pairs).T
    porosity = rng.uniform(0.2, 0.6, n_volumes)
    tau = porosity**-0.5 * np.exp(rng.normal(0, 0.05, n_volumes))
    scalars = np.exp(rng.normal(0, 1, (n_designs, len(SCALAR_COLUMNS))))
    scalars[:, 2] = 1000.0
    effect_v, effect_d = 200 * (porosity - 0.4), 100 * np.log(scalars[:, 0])
    cells = (
        1000 + effect_v[volume] + effect_d[design] + rng.normal(0, 5, len(pairs))
        if life is None
        else life(volume, design)
    )
    values: dict[str, Any] = {field.name: None for field in OBSERVATIONS.fields}
    values |= {
        "row": np.arange(len(pairs)),
        "sample_id": 100 + volume,
        "param_id": design,
        "failed": False,
        "status": "success",
    }
    values["filename"] = [f"sample_{v:03d}.tif" for v in volume]
    values |= {name: scalars[design, i] for i, name in enumerate(SCALAR_COLUMNS)}
    values |= {target.name: np.nan for target in ALL_TARGETS}
    values |= {
        "projected_cycle_life": cells,
        "nominal_capacity": 5 + cells / 1e3,
        "cycle_life_status": "projected",
        "last_cycle": 50.0,
    }
    values |= {"porosity": porosity[volume], "tau_factor": tau[volume], "d_eff": (porosity / tau)[volume]}
    digests = [f"v{v:03d}" for v in range(n_volumes)]
    volumes = pd.DataFrame(
        {
            "filename": [f"sample_{v:03d}.tif" for v in range(n_volumes)],
            "status": "ok",
            "volume_digest": digests,
            "canonical_digest": digests,
            "percolates": True,
        }
    )
    features = pd.DataFrame(
        {
            "volume_digest": digests,
            "status": "ok",
            "porosity": porosity,
            "surface": rng.normal(size=n_volumes),
            "texture": rng.normal(size=n_volumes),
            "relative_diffusivity_z": porosity / tau,
        }
    )
    return World(pd.DataFrame(values), volumes, features)


@pytest.fixture
def world() -> World:
    return make_world()


@dataclass(frozen=True, eq=False)
class FittedFunction:
    predicts: Callable[[Rows], np.ndarray]

    def predict(self, rows: Rows) -> Prediction:
        y = np.asarray(self.predicts(rows), np.float32)
        return Prediction(y, y - 1, y + 1)

    def save(self, folder: Path) -> None:
        raise ModelError(f"test models are not saved in {folder}")

    @classmethod
    def load(cls, folder: Path) -> FittedFunction:
        raise ModelError(f"test models are not loaded from {folder}")


@dataclass
class Fits:
    """Record of the calls of a test model: one entry a call."""

    calls: list[dict[str, Any]] = field(default_factory=list)


FITS = Fits()


@pytest.fixture
def fits() -> Fits:
    FITS.calls.clear()
    return FITS


class _Base:
    fitted = FittedFunction

    def fit(self, train, valid, context):
        FITS.calls.append(
            {
                "model": self.info.name,
                "train": train.rows,
                "y": train.y,
                "valid": valid and valid.rows,
                "y_valid": valid and valid.y,
                "upper": train.upper,
                "seed": context.seed,
            }
        )
        return FittedFunction(self.learn(train.rows, train.y))


class MeanModel(_Base):
    info: ClassVar[ModelInfo] = ModelInfo("mean", "mean", "trivial", "mean", ("none",))

    def learn(self, _train, y):
        return lambda rows: np.full(len(rows), y.mean())


class DesignMeanModel(_Base):
    info: ClassVar[ModelInfo] = ModelInfo(
        "design-mean", "d", "trivial", "d", ("none",), requires_seen_ids=frozenset({"design"})
    )

    def learn(self, train, y):
        means = {d: y[train.design == d].mean() for d in np.unique(train.design)}
        return lambda rows: [means[d] for d in rows.design]


class VolumeMeanModel(_Base):
    info: ClassVar[ModelInfo] = ModelInfo(
        "volume-mean", "v", "trivial", "v", ("none",), requires_seen_ids=frozenset({"volume"})
    )

    def learn(self, train, y):
        means = {v: y[train.volume == v].mean() for v in np.unique(train.volume)}
        return lambda rows: [means[v] for v in rows.volume]


class LeastSquares(_Base):
    """Linear in the columns and in the logarithms of the positive ones."""

    info: ClassVar[ModelInfo] = ModelInfo("linear", "l", "linear", "l", ALL_SETS, early_stopping_rows=True)

    def learn(self, train, y):
        def matrix(rows):
            x = np.nan_to_num(rows.matrix().astype(float))
            return np.column_stack([np.ones(len(rows)), x, np.log(np.maximum(x, 1e-3))])

        coefficients = np.linalg.lstsq(matrix(train), y, rcond=1e-6)[0]
        return lambda rows: np.clip(matrix(rows) @ coefficients, y.min() - 100, y.max() + 100)


class Nearest(_Base):
    """A regression tree grown to its leaves: it remembers whatever it was shown."""

    info: ClassVar[ModelInfo] = ModelInfo("nearest", "n", "booster", "n", ALL_SETS)

    def learn(self, train, y):
        from sklearn.tree import DecisionTreeRegressor

        tree = DecisionTreeRegressor(random_state=0).fit(train.matrix(), y)
        return lambda rows: tree.predict(rows.matrix())


class Shy(_Base):
    """A model that fails on one target."""

    info: ClassVar[ModelInfo] = ModelInfo("shy", "s", "law", "s", ("scalars",))

    def learn(self, _train, y):
        if y.mean() > 100:
            raise ModelError("too large for me")
        return lambda rows: np.full(len(rows), y.mean())


class Censored(_Base):
    info: ClassVar[ModelInfo] = ModelInfo(
        "censored", "c", "booster", "c", ("scalars",), targets=frozenset({"projected_cycle_life"}), censoring="observed"
    )

    def learn(self, _train, _y):
        return lambda rows: np.full(len(rows), 1e9)


@dataclass(frozen=True)
class TestModels:
    __test__ = False
    classes: tuple[type, ...] = (MeanModel, DesignMeanModel, VolumeMeanModel, LeastSquares)

    def available(self):
        return tuple(item.info for item in self.classes)

    def create(self, name):
        return next(item for item in self.classes if item.info.name == name)()


@pytest.fixture(scope="session")
def models() -> dict[str, type]:
    """The test models by name."""
    classes = (MeanModel, DesignMeanModel, VolumeMeanModel, LeastSquares, Nearest, Shy, Censored)
    return {item.info.name: item for item in classes}


@dataclass(frozen=True)
class Runner:
    """Runs and scores synthetic worlds with the test models."""

    folder: Path

    def settings(self, **changes):
        return ComparisonSettings(**{"repeats": 1, "bootstrap": 200, **changes})

    def run(self, world, *models, groups=None, equal_size=False, device="cpu", **changes):
        rows = build_rows(world.observations, world.volumes)
        context = RunContext(
            self.folder,
            self.settings(**changes),
            TestModels(models),
            tiers=TIERS,
            equal_size=equal_size,
            device=device,
        )
        return run_comparison(context, rows, world.features, groups=groups)

    def score(self, *models, **changes):
        score_run(self.folder, self.settings(**changes), catalog=TestModels(models))

    def table(self, name):
        return pd.read_parquet(self.folder / f"{name}.parquet")


@pytest.fixture
def runner(tmp_path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture(scope="session")
def runner_in() -> type[Runner]:
    """Makes a runner in a folder, for what several tests share."""
    return Runner


@pytest.fixture(scope="session")
def make() -> Callable[..., World]:
    return make_world
