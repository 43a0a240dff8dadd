"""Export of a bundle's boosters to ONNX: the files say what the bundle says, and nothing is left half-written."""

import hashlib
import json

import numpy as np
import pytest

from poregrove.errors import ModelError, RunError, SettingsError
from poregrove.models.shared import onnx_graph
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle import onnx as exporting
from poregrove.pipelines.bundle.onnx import export_onnx
from poregrove.pipelines.commands.main import main

pytest.importorskip("onnxmltools")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    out = tmp_path_factory.mktemp("exported") / "onnx"
    return out, export_onnx(load_bundle(finished.bundle), out)


def test_every_booster_is_there_with_its_digest_and_its_deviation(finished, exported):
    out, done = exported
    boosters = [item for item in load_bundle(finished.bundle).manifest.models if item.chosen.model == "xgboost"]
    assert len(done) == len(boosters) > 0
    listed = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert [item["file"] for item in listed] == [item.file for item in done]
    for item in listed:
        assert hashlib.sha256((out / item["file"]).read_bytes()).hexdigest() == item["sha256"]
        assert len(item["inputs"]) == len(item["kinds"])
        assert item["deviation"] <= exporting.TOLERANCE


def test_a_file_alone_predicts_what_the_bundle_predicts(finished, exported):
    out, done = exported
    (item,) = [item for item in done if item.target == "porosity"]
    bundle = load_bundle(finished.bundle)
    table = bundle.predict(finished.images[:3], model="xgboost", device="cpu")
    from poregrove.features import describe

    rows = [
        describe(path, pore=bundle.manifest.phase.named or None, columns=item.inputs) for path in finished.images[:3]
    ]
    block = np.array([[row[name] for name in item.inputs] for row in rows], np.float32)
    session = onnxruntime.InferenceSession(out / item.file, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["prediction"], {"inputs": block})
    assert answer.ravel() == pytest.approx(table["porosity"].to_numpy(), rel=1e-5)


def test_a_model_without_an_onnx_form_is_refused_by_name_and_leaves_nothing(finished, tmp_path):
    bundle = load_bundle(finished.bundle)
    others = {item.chosen.model for item in bundle.manifest.models} - {"xgboost"}
    for name in others:
        with pytest.raises(ModelError, match=f"'{name}' has no ONNX form"):
            export_onnx(bundle, tmp_path / "onnx", models=(name,))
    with pytest.raises(SettingsError, match=r"unknown model 'forest'; the bundle holds .*xgboost"):
        export_onnx(bundle, tmp_path / "onnx", models=("forest",))
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_deviates_is_refused_and_leaves_nothing(finished, tmp_path, monkeypatch):
    bundle = load_bundle(finished.bundle)
    honest = onnx_graph.run_onnx
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
