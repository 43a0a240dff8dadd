"""The plug-ins that a stranger may copy run as they stand, by the commands of their first lines."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from poregrove.pipelines.commands.main import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SAMPLE = ROOT / "pipelines" / "simulate" / "sample" / "data"

pytestmark = pytest.mark.usefixtures("forgotten")


def test_their_models_and_descriptors_keep_the_contract(capsys):
    words = [word for name in ("own_model", "own_descriptor") for word in ("--plugin", str(EXAMPLES / f"{name}.py"))]
    assert main(["self-check", *words, "--set", "model.random-forest.n_estimators=5"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "model nearest: keeps the contract",
        "model random-forest: keeps the contract",
        "descriptor half_porosity_difference: keeps the contract",
    ]


def test_the_descriptor_is_extracted(tmp_path):
    out, image, file = tmp_path / "own.parquet", min((SAMPLE / "images").glob("*.tif")), EXAMPLES / "own_descriptor.py"
    words = ["extract", image, "--out", out, "--plugin", file, "--columns", "half_porosity_difference"]
    assert main([*map(str, words), "--device", "cpu", "--workers", "1"]) == 0
    assert pd.read_parquet(out).filter(like="half_porosity_difference").notna().all(axis=None)


def test_the_check_is_asked(tmp_path):
    out = tmp_path / "findings.json"
    words = ["audit", SAMPLE, "--json", out, "--plugin", EXAMPLES / "own_check.py", "--workers", "1"]
    assert main([*map(str, words), "--set", "volume.overlaps=ignore"]) == 0
    found = {item["code"]: item for item in json.loads(out.read_text())["findings"]}
    assert found["dense_electrode"]["severity"] == "info"


def test_the_network_of_the_page_keeps_the_contract():
    pytest.importorskip("torch", reason="needs the extra cnn")
    from dataclasses import replace

    from poregrove.testing import check_model

    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    (example,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "from_torch" in block)
    names = {"__name__": "page"}
    exec(compile(example, "plugins.md", "exec"), names)  # noqa: S102  our own example
    check_model(replace(names["network"], epochs=1, downsample=1))
