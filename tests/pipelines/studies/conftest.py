"""A scored run whose law is known: life = volume effect of one column + design effect of one scalar + noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.scoring.score import score_run
from poregrove.pipelines.settings import ComparisonSettings, StudySettings
from poregrove.pipelines.studies.jobs import StudyTask
from poregrove.pipelines.studies.run import run_studies
from poregrove.pipelines.tables.feature_sets import sources
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison
from poregrove.schema import ALL_TARGETS, SCALAR_COLUMNS

LIFE = "projected_cycle_life"
FAMILIES = {"wide": "size", "wide_twin": "size", "rough": "shape", "mottled": "shape", "grain": "noise", "long": "path"}
TIERS = dict.fromkeys(FAMILIES, "morphology")
VOLUMES, DESIGNS = 48, 12
FAST = {"rounds": 80, "patience": 10, "learning_rate": 0.2, "num_leaves": 7}
CATALOG = InstalledModels({"lightgbm-plain": FAST})
COMPARISON = ComparisonSettings(
    models=("mean", "design-mean", "ridge", "lightgbm-plain"),
    targets=(LIFE, "tau_factor"),
    tiers=("morphology",),
    feature_sets=("none", "scalars", "morphology", "scalars+morphology"),
    regimes=("new-structure", "new-both"),
    folds=3,
    repeats=2,
    bootstrap=500,
)
STUDY = StudySettings(explained_rows=120, shuffles=2, timing_seconds=0.2)


def tables():
    """(rows, features): ``rough`` moves life, ``wide_twin`` repeats ``wide`` with a little noise, the rest is idle."""
    rng = np.random.default_rng(4)
    features = pd.DataFrame(rng.normal(size=(VOLUMES, len(FAMILIES))), columns=list(FAMILIES))
    features["wide_twin"] = np.exp(features["wide"] + 0.05 * rng.normal(size=VOLUMES))
    scalars = np.exp(rng.normal(size=(DESIGNS, len(SCALAR_COLUMNS))))
    volume, design = (part.ravel() for part in np.meshgrid(np.arange(VOLUMES), np.arange(DESIGNS), indexing="ij"))
    n = len(volume)
    life = 1000 + 60 * features["rough"].to_numpy()[volume] + 60 * np.log(scalars[design, 0]) + rng.normal(0, 10, n)
    digests = np.array([f"v{number:03d}" for number in range(VOLUMES)])
    rows = pd.DataFrame(
        {
            "row": np.arange(n + VOLUMES),
            "sample_id": np.concatenate([volume, np.arange(VOLUMES)]),
            "param_id": pd.array([*design, *[None] * VOLUMES], "Int64"),
            "volume_digest": np.concatenate([digests[volume], digests]),
            "design_digest": [*(f"d{number:02d}" for number in design), *[None] * VOLUMES],
        }
    )
    for number, name in enumerate(SCALAR_COLUMNS):
        rows[name] = np.concatenate([scalars[design, number], np.full(VOLUMES, np.nan)])
    for target in ALL_TARGETS:
        rows[target.name] = np.nan
    rows.loc[: n - 1, LIFE] = life
    rows.loc[n:, "tau_factor"] = np.exp(0.3 * features["long"].to_numpy() + 2)
    rows["cycle_life_status"] = ["projected"] * n + [None] * VOLUMES
    rows["last_cycle"] = 50.0
    return rows, features.assign(volume_digest=digests, status="ok")


@dataclass(frozen=True)
class World:
    """A scored run and how to study it."""

    folder: Path
    comparison: ComparisonSettings = COMPARISON
    catalog: InstalledModels = CATALOG

    def study(self, settings=STUDY, **changes):
        return run_studies(
            self.folder,
            self.comparison,
            settings,
            families=FAMILIES,
            tiers=TIERS,
            **{"seconds_features": 96.0, "catalog": self.catalog, **changes},
        )

    def task(self, job, settings=STUDY):
        feature_sources = sources(self.comparison, TIERS, metres=False)
        return StudyTask(self.folder, job, self.comparison, settings, feature_sources, FAMILIES, self.catalog)

    def table(self, name):
        return pd.read_parquet(self.folder / f"{name}.parquet")

    def parts(self):
        return {
            path.relative_to(self.folder): path.stat().st_mtime_ns for path in self.folder.glob("studies/**/*.json")
        }


@pytest.fixture
def run_tables():
    """Fresh tables of the run."""
    return tables()


def scored(folder):
    rows, features = tables()
    world = World(folder)
    run_comparison(RunContext(folder, COMPARISON, world.catalog, tiers=TIERS), rows, features)
    score_run(folder, COMPARISON, catalog=world.catalog)
    return world


@pytest.fixture(scope="session")
def studied(tmp_path_factory):
    """The run with all its studies done, and their records."""
    world = scored(tmp_path_factory.mktemp("studied"))
    return world, world.study()


@pytest.fixture
def settings():
    """Settings of the studies of ``studied``."""
    return STUDY
