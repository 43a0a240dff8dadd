"""A network in a bundle: fitted once for all its targets, answering from the voxels of any new volume."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import ModelError
from poregrove.features import load_volume
from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.integrity import MANIFEST, seal
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.extraction.voxel_store import OneVolume
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.pipelines.simulate.microstructures import gaussian_random_field
from poregrove.schema import SCALARS

pytest.importorskip("torch", reason="needs the extra 'cnn'")

TARGETS = ("projected_cycle_life", "initial_dcir", "tau_factor", "porosity")
SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "cnn"), targets=TARGETS, tiers=("morphology",), regimes=("new-both",), repeats=1, bootstrap=200
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    model={"cnn": {"width": 2, "epochs": 2, "members": 1, "downsample": 1}},
)


@pytest.fixture(scope="module")
def made(shared_clean_set, tmp_path_factory):
    out = tmp_path_factory.mktemp("network") / "run"
    run(Request(shared_clean_set.folder, out, SETTINGS, device="cpu", workers=1, command=("poregrove", "compare")))
    return out


@pytest.fixture
def designs(made):
    rows = pd.read_parquet(made / "rows.parquet")
    named = rows[rows["design_digest"].notna()].drop_duplicates("design_digest")
    return named.drop(columns=["sample_id", "param_id"]).head(3)


def masks():
    return [gaussian_random_field((16, 12, 16), 0.6, 2.0, seed=1), gaussian_random_field((16,) * 3, 0.5, 2.0, seed=2)]


def test_the_targets_of_a_table_share_one_network(made):
    bundle = load_bundle(made)
    networks = [item for item in bundle.manifest.models if item.chosen.model == "cnn"]
    assert {item.chosen.target for item in networks} == set(TARGETS)
    assert {item.folder for item in networks} == {
        "models/cells/new-both/cnn/volume+scalars",
        "models/volumes/new-both/cnn/volume+scalars",
    }
    assert all(item.chosen.roles == ("network",) for item in networks)
    for folder in {item.folder for item in networks}:
        assert {path.name for path in (bundle.folder / folder).iterdir()} == {"model.json", "model.safetensors"}


def test_it_answers_for_new_volumes_of_any_shape_as_the_model_itself_does(made, designs):
    bundle = load_bundle(made)
    answers = bundle.predict(masks(), designs, model="cnn", device="cpu")
    assert len(answers) == 6
    networks = (item for item in bundle.manifest.models if item.chosen.model == "cnn")
    entry = next(item for item in networks if item.chosen.target == "initial_dcir")
    fitted = registry.load("cnn", bundle.folder / entry.folder)
    columns = bundle.manifest.columns[entry.columns]
    table = designs.rename(columns={scalar.column: scalar.name for scalar in SCALARS})[list(columns.designs)]
    for number, mask in enumerate(masks()):
        rows = Rows(
            np.zeros((1, 0), np.float32),
            table.to_numpy(np.float32),
            np.zeros(3, np.int32),
            np.arange(3, dtype=np.int32),
            Columns((), columns.designs),
            OneVolume(mask),
        )
        expected = fitted.predict(rows).y[:, TARGETS.index("initial_dcir")]
        np.testing.assert_allclose(answers["initial_dcir"][3 * number : 3 * number + 3], expected, rtol=1e-6)
    assert np.isfinite(answers[list(TARGETS)].to_numpy()).all()


def test_files_and_arrays_get_the_same_answers(made, designs, shared_clean_set):
    bundle = load_bundle(made)
    files = sorted((shared_clean_set.folder / "images").glob("*.tif"))[:3]
    by_path = bundle.predict(files, designs, model="cnn", device="cpu")
    by_array = bundle.predict([load_volume(path).mask for path in files], designs, model="cnn", device="cpu")
    pd.testing.assert_frame_equal(by_path[list(TARGETS)], by_array[list(TARGETS)])


def test_best_answers_without_any_network(made):
    best = [item.chosen.model for item in load_bundle(made).manifest.models if "best" in item.chosen.roles]
    assert set(best) == {"mean"}


def test_an_output_that_the_network_does_not_have_is_refused(made, designs, tmp_path):
    folder = tmp_path / "bundle"
    shutil.copytree(made / "bundle", folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for model in manifest["models"]:
        if model["output"] is not None:
            model["output"] = 7
    for path in folder.glob(f"{MANIFEST}*"):
        path.unlink()
    seal(folder, {name: value for name, value in manifest.items() if name != "files"})
    with pytest.raises(ModelError, match="has no output number 7"):
        load_bundle(folder).predict(masks()[:1], designs, model="cnn", device="cpu")
