"""The built-in contract says what it says however it is given, and own data of the same columns get the same numbers."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines import (
    ComparisonSettings,
    Settings,
    StudySettings,
    VolumeSettings,
    compare,
    read_contract,
)
from poregrove.pipelines.data.contract_file import contract_text
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.schema import BUILT_IN, SCALARS, Contract, DataSpec, InputSpec, TargetSpec

FADE = "capacity_fade_rate"
KEYS = ["model", "features", "repeat", "fold", "row"]


def settings(target):
    """One regime, two models, sets with and without physics."""
    return Settings(
        comparison=ComparisonSettings(
            models=("ridge", "xgboost"),
            targets=(target,),
            regimes=("new-both",),
            tiers=("morphology", "transport"),
            feature_sets=("scalars", "scalars+morphology+transport+physics"),
            folds=2,
            repeats=1,
            intervals=(),
            bootstrap=50,
        ),
        study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
        volume=VolumeSettings(overlaps="ignore"),
    )


def predictions(run, target):
    """All of a target, in one order."""
    found = pd.read_parquet(run / "predictions")
    assert set(found["target"]) == {target}
    found = found.astype({"model": str, "features": str})
    return found.sort_values(KEYS).reset_index(drop=True)[[*KEYS, "y_pred"]]


@pytest.fixture(scope="module")
def implicit(shared_clean_set, tmp_path_factory):
    """The run that names no contract."""
    out = tmp_path_factory.mktemp("same") / "run"
    compare(shared_clean_set.folder, out, settings=settings(FADE), device="cpu", workers=1)
    return out


def test_the_exported_contract_is_the_built_in_one_and_resumes_the_same_run(implicit, shared_clean_set, tmp_path):
    path = tmp_path / "contract.toml"
    path.write_text(contract_text(BUILT_IN), encoding="utf-8")
    assert read_contract(path) is BUILT_IN
    run = shutil.copytree(implicit, tmp_path / "run")
    before = json.loads((run / "manifest.json").read_text())["scalars"]
    compare(shared_clean_set.folder, run, settings=settings(FADE), contract=path, device="cpu", workers=1)
    assert json.loads((run / "manifest.json").read_text())["scalars"] == before
    pd.testing.assert_frame_equal(predictions(run, FADE), predictions(implicit, FADE), check_exact=True)


def test_own_data_of_the_same_scalars_get_the_same_predictions(implicit, shared_clean_set, tmp_path):
    seen = observe(open_dataset(shared_clean_set.folder), TargetSettings()).frame
    names = ["sample_id", "param_id", "filename", "status", *(scalar.column for scalar in SCALARS)]
    table = seen[names].assign(porosity=seen["porosity_raw"], fade_given=seen[FADE])
    (tmp_path / "data").mkdir()
    table.to_csv(tmp_path / "data" / "table.csv", index=False)
    own = Contract(
        DataSpec(sample="sample_id", design="param_id", ok="status", porosity="porosity"),
        tuple(InputSpec(item.name, item.column, item.unit, log=item.log) for item in SCALARS),
        (TargetSpec("fade_given", "fade_given", BUILT_IN.target(FADE).unit),),
    )
    run = tmp_path / "run"
    images = shared_clean_set.folder / "images"
    compare(
        tmp_path / "data", run, images=images, settings=settings("fade_given"), contract=own, device="cpu", workers=1
    )
    found, expected = predictions(run, "fade_given"), predictions(implicit, FADE)
    assert np.isfinite(expected["y_pred"]).all()
    assert set(expected["features"]) == {"scalars", "scalars+morphology+transport+physics"}
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
