"""Contents of README and CONTRIBUTING: their examples run, and the files they name exist."""

import importlib
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from poregrove.features import describe, descriptors

ROOT = Path(__file__).resolve().parents[1]
UNCOMMON = r"\b(house|rooms?|dialect|sittings?(?!\.json)|by heart|became of|does the work|as a person)\b"


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def examples(name):
    """The Python blocks of a page, in order."""
    return re.findall(r"^```python\n(.*?)^```$", text_of(name), flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def mask():
    return np.random.default_rng(0).random((6, 7, 8)) < 0.6


def test_the_descriptors_of_the_readme_are_what_it_says(mask, tmp_path, monkeypatch):
    paths = ["electrode.tif", "other.tif"]
    for name in paths:
        tifffile.imwrite(tmp_path / name, mask.astype(np.uint8), photometric="minisblack")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
    (example,) = (block for block in examples("README.md") if "poregrove.features" in block)
    (tmp_path / "example.py").write_text(example.replace("n_jobs=-1", "n_jobs=1"), encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "example.py"), {"mask": mask, "paths": paths})
    assert names["descriptors"] is descriptors


def test_the_descriptor_of_contributing_runs_as_a_file_of_its_folder(mask, tmp_path, monkeypatch):
    example, *_ = (block for block in examples("CONTRIBUTING.md") if "wall_distance_variation" in block)
    (tmp_path / "wall_distance_variation.py").write_text(example, encoding="utf-8")
    folder = importlib.import_module("poregrove.features.descriptors")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    try:
        row = describe(mask, columns=["wall_distance_variation", "wall_distance_mean", "wall_distance_std"])
        solid = describe(np.zeros((3, 3, 3), bool), columns=["wall_distance_variation"])
    finally:
        sys.modules.pop(f"{folder.__name__}.wall_distance_variation", None)
    assert row["wall_distance_variation"] == pytest.approx(row["wall_distance_std"] / row["wall_distance_mean"])
    assert row["wall_distance_variation"] > 0
    assert np.isnan(solid["wall_distance_variation"])


def test_every_link_leads_somewhere():
    pages = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
    lost = [
        f"{page}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text_of(page))
        if not ((ROOT / page).parent / target).exists()
    ]
    assert lost == []


def test_the_table_of_contributing_names_what_there_is():
    table = text_of("CONTRIBUTING.md").partition("## Where to find things")[2].partition("\n## ")[0]
    paths = re.findall(r"\| `([^`]+)` \|", table)
    assert len(paths) == 8
    assert [path for path in paths if not list(ROOT.glob(re.sub("<[a-z]+>", "[a-z]*", path)))] == []


def test_pages_speak_in_common_terms():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    found = [
        f"{page.name}:{number}: {match[0]}"
        for page in pages
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        for match in re.finditer(UNCOMMON, line, flags=re.IGNORECASE)
    ]
    assert found == []
