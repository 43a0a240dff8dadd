"""Volumes with a property and no design at all: inputs are not needed for anything."""

import json

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.pipelines import ComparisonSettings, Settings, StudySettings, audit, compare, init_contract, load_bundle


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("property")
    rng = np.random.default_rng(0)
    (folder / "data" / "images").mkdir(parents=True)
    porosity = rng.uniform(0.3, 0.8, 30)
    for number, share in enumerate(porosity):
        voxels = (rng.random((12, 12, 12)) > share).astype(np.uint8)
        tifffile.imwrite(folder / "data" / "images" / f"v{number}.tif", voxels, photometric="minisblack")
    table = pd.DataFrame({"filename": [f"v{n}.tif" for n in range(30)], "modulus_GPa": 80 * (1 - porosity) ** 2})
    table.to_csv(folder / "data" / "table.csv", index=False)
    contract = folder / "contract.toml"
    assert init_contract(folder / "data", contract, targets=["modulus_GPa"]) == ()
    settings = Settings(
        comparison=ComparisonSettings(models=("mean", "ridge"), repeats=1, intervals=(), bootstrap=200),
        study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    )
    codes = {finding.code for finding in audit(folder / "data", contract=contract, workers=1)}
    assert "constant_scalar" not in codes
    return compare(
        folder / "data", folder / "run", contract=contract, settings=settings, device="cpu", workers=1
    ), folder


def test_only_unseen_volumes_test_it(run):
    scores = pd.read_parquet(run[1] / "run" / "scores.parquet")
    ridge = scores[(scores["model"] == "ridge") & (scores["metric"] == "r2")]
    assert set(ridge["regime"]) == {"new-structure", "new-both"}
    assert ridge["value"].max() > 0.9
    manifest = json.loads((run[1] / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scalars"] == []


def test_the_bundle_needs_no_design(run):
    solid = np.zeros((12, 12, 12), np.uint8)
    solid[:, :, ::2] = 1
    bundle = load_bundle(run[1] / "run")
    found = bundle.predict(solid, device="cpu")
    assert 5.0 < found["modulus_gpa"].item() < 35.0
