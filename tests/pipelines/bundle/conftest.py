"""One small finished run for all tests of bundles."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.schema import SCALAR_COLUMNS

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "design-mean", "ridge", "xgboost"),
        targets=("projected_cycle_life", "initial_dcir", "tau_factor", "porosity"),
        tiers=("morphology", "transport"),
        feature_sets=("none", "morphology", "scalars+morphology+transport+physics"),
        regimes=("random", "new-structure", "new-design", "new-both"),
        folds=2,
        repeats=1,
        bootstrap=200,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    model={"xgboost": {"rounds": 6, "max_depth": 2, "max_bin": 16}},
)


@dataclass(frozen=True)
class Finished:
    """A run folder and the data it was made from."""

    run: Path
    data: Path

    @property
    def bundle(self):
        return self.run / "bundle"

    @property
    def images(self):
        return sorted((self.data / "images").glob("*.tif"))

    @property
    def cells(self):
        rows = pd.read_parquet(self.run / "rows.parquet")
        return rows[rows["design_digest"].notna()]

    @property
    def designs(self):
        """The training designs under their column names."""
        return self.cells.drop_duplicates("design_digest")[list(SCALAR_COLUMNS)].reset_index(drop=True)


@pytest.fixture(scope="session")
def finished(shared_clean_set, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundled") / "run"
    run(Request(shared_clean_set.folder, out, SETTINGS, device="cpu", workers=1, command=("poregrove", "compare")))
    return Finished(out, shared_clean_set.folder)


@pytest.fixture
def copied(finished, tmp_path):
    """The bundle of the run, for a test that spoils it."""
    return Path(shutil.copytree(finished.bundle, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def settings():
    """The settings of the run."""
    return SETTINGS
