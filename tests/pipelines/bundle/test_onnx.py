"""Export of a bundle's models to ONNX: the files say what the bundle says, and nothing is left half-written."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import ModelError, RunError, SettingsError
from poregrove.features import describe
from poregrove.models.onnx import convert
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle import onnx as exporting
from poregrove.pipelines.bundle.onnx import export_onnx
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.tables.feature_sets import JoinedQuantities
from poregrove.schema import SCALARS

pytest.importorskip("onnxmltools")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    out = tmp_path_factory.mktemp("exported") / "onnx"
    return out, export_onnx(load_bundle(finished.bundle), out)


def test_every_model_is_there_with_its_digest_and_its_deviation(finished, exported):
    out, found = exported
    held = load_bundle(finished.bundle).manifest.models
    assert len(found.done) == len(held) > 0
    assert found.without == ()
    listed = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert listed["without"] == []
    assert [item["file"] for item in listed["models"]] == [item.file for item in found.done]
    for item in listed["models"]:
        assert hashlib.sha256((out / item["file"]).read_bytes()).hexdigest() == item["sha256"]
        assert len(item["inputs"]) == len(item["kinds"])
        assert item["deviation"] <= exporting.TOLERANCE


def test_a_file_alone_predicts_what_the_bundle_predicts(finished, exported):
    out, found = exported
    (item,) = [item for item in found.done if (item.target, item.model) == ("porosity", "xgboost")]
    bundle = load_bundle(finished.bundle)
    table = bundle.predict(finished.images[:3], model="xgboost", device="cpu")
    rows = [
        describe(path, pore=bundle.manifest.phase.named or None, columns=item.inputs) for path in finished.images[:3]
    ]
    block = np.array([[row[name] for name in item.inputs] for row in rows], np.float32)
    session = onnxruntime.InferenceSession(out / item.file, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["prediction"], {"inputs": block})
    assert answer.ravel() == pytest.approx(table["porosity"].to_numpy(), rel=1e-5)


def test_the_best_of_every_target_answers_the_same_as_a_graph(finished, exported):
    """Rows are described anew and put together by hand, apart from the physics features."""
    out, found = exported
    bundle = load_bundle(finished.bundle)
    images = finished.images[:4]
    table = bundle.predict(images, finished.designs, device="cpu")
    described = pd.DataFrame([describe(path, pore=bundle.manifest.phase.named or None) for path in images])
    scalars = finished.designs.rename(columns={scalar.column: scalar.name for scalar in SCALARS})
    volume, design = (index.ravel().astype(np.int32) for index in np.indices((len(images), len(scalars))))
    for target in bundle.targets:
        name, features, regime = (
            table[f"{target}_{part}"].dropna().unique() for part in ("model", "features", "regime")
        )
        item = next(x for x in found.done if (x.target, x.regime, x.model) == (target, *regime, *name))
        assert [item.features] == list(features)
        columns = {name: described[name].to_numpy()[volume] for name in item.inputs if name in described}
        columns |= {name: scalars[name].to_numpy()[design] for name in item.inputs if name in scalars}
        physics = tuple(bundle.quantities[name] for name in item.inputs if name in bundle.quantities)
        joined = JoinedQuantities.over(physics, described, scalars)
        columns |= dict(zip(joined.columns, joined(volume, design).T, strict=True)) if physics else {}
        block = np.array([columns[name] for name in item.inputs], np.float32).reshape(-1, len(volume)).T
        session = onnxruntime.InferenceSession(out / item.file, providers=["CPUExecutionProvider"])
        answer = session.run(["prediction"], {"inputs": block})[0].ravel()
        known = table[target].notna().to_numpy()
        assert known.any()
        assert answer[known] == pytest.approx(table[target].to_numpy()[known], rel=1e-4)


def test_a_model_without_an_onnx_form_is_refused_by_name_or_listed_with_its_reason(finished, tmp_path, monkeypatch):
    bundle = load_bundle(finished.bundle)
    without = {"ridge": "it looks at voxels"}
    monkeypatch.setattr(exporting, "reason_by_name", without.get)
    with pytest.raises(ModelError, match="'ridge' has no ONNX form: it looks at voxels"):
        export_onnx(bundle, tmp_path / "onnx", models=("ridge",))
    with pytest.raises(SettingsError, match=r"unknown model 'forest'; the bundle holds .*xgboost"):
        export_onnx(bundle, tmp_path / "onnx", models=("forest",))
    assert list(tmp_path.iterdir()) == []
    found = export_onnx(bundle, tmp_path / "onnx")
    expected = {(m.chosen.target, m.chosen.regime) for m in bundle.manifest.models if m.chosen.model == "ridge"}
    assert {(item.target, item.regime) for item in found.without} == expected != set()
    listed = json.loads((tmp_path / "onnx" / "manifest.json").read_text(encoding="utf-8"))["without"]
    assert {item["reason"] for item in listed} == {"it looks at voxels"}


def test_a_graph_that_deviates_is_refused_and_leaves_nothing(finished, tmp_path, monkeypatch):
    bundle = load_bundle(finished.bundle)
    honest = convert.run_onnx
    monkeypatch.setattr(exporting, "run_onnx", lambda graph, block: honest(graph, block) * np.float32(1.5))
    with pytest.raises(ModelError, match="deviates from the model by"):
        export_onnx(bundle, tmp_path / "onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_written_over(finished, tmp_path):
    with pytest.raises(RunError, match="expected a new folder"):
        export_onnx(load_bundle(finished.bundle), tmp_path)


def test_the_verb_writes_the_files(finished, tmp_path):
    assert main(["export", str(finished.run), "--out", str(tmp_path / "onnx"), "--models", "xgboost", "--quiet"]) == 0
    assert list((tmp_path / "onnx").rglob("*.onnx"))
    assert main(["export", str(finished.run), "--out", str(tmp_path / "onnx"), "--quiet"]) == 1
