"""The documentation site is built without a warning, its links lead somewhere, and it needs no network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from site_checks import links_elsewhere, lost_links, pages_of

from poregrove.features import descriptors
from poregrove.pipelines.documentation.gallery import PICTURES, electrode, families, picture

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("furo", reason="needs the extra docs")
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-E",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        "-d",
        str(folder / "read"),
    ]
    done = subprocess.run(
        [*command, "-c", "docs", ".", str(folder / "html")],
        cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_link_inside_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    assert lost_links(site) == []
    assert links_elsewhere(site) != []


def test_every_page_is_in_the_contents_and_in_the_search(site):
    index = (site / "docs" / "index.html").read_text(encoding="utf-8")
    searched = (site / "searchindex.js").read_text(encoding="utf-8")
    pages = [path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")]
    assert len(pages) > 30
    assert [page for page in pages if page != "index" and f'href="{page}.html"' not in index] == []
    assert [page for page in pages if f'"docs/{page}"' not in searched] == []


def test_the_interface_for_python_has_its_docstrings(site):
    text = (site / "docs" / "api.html").read_text(encoding="utf-8")
    for name in ("poregrove.features.describe", "poregrove.pipelines.compare", "poregrove.errors.VolumeError"):
        assert f'id="{name}"' in text
    assert "Audit a data set, describe its volumes" in re.sub(r"\s+", " ", text)


def test_it_knows_light_and_dark_and_opens_at_its_root(site):
    assert "furo" in (site / "docs" / "index.html").read_text(encoding="utf-8")
    assert 'url=docs/index.html"' in (site / "index.html").read_text(encoding="utf-8")
    assert any("prefers-color-scheme" in path.read_text(encoding="utf-8") for path in site.rglob("*.css"))


def test_lost_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">b</a><a href="b.html#nowhere">b</a><a href="c.html">c</a>'
        '<script src="https://example.org/x.js"></script><a href="https://example.org/">out</a>',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="here">b</p>', encoding="utf-8")
    assert lost_links(tmp_path) == [
        "a.html loads https://example.org/x.js", "a.html: b.html#nowhere has no such anchor", "a.html: c.html",
    ]  # fmt: skip
    assert links_elsewhere(tmp_path) == ["https://example.org/"]
    assert len(pages_of(tmp_path)) == 2


def test_every_family_has_its_picture():
    assert set(families()) == {column.family for column in descriptors()} == set(PICTURES)
    assert {path.stem for path in (DOCS / "images" / "families").glob("*.png")} == set(PICTURES)


@pytest.mark.parametrize("family", ["chord_length", "local_thickness", "conductivity"])
def test_a_picture_shows_its_family(family):
    mask = electrode(edge=24)
    drawn = picture(family, mask)
    assert drawn.startswith(b"\x89PNG")
    assert drawn != picture("porosity", mask)


def test_a_chord_is_as_long_as_the_run_of_pore():
    mask = electrode(edge=16)
    lengths = PICTURES["chord_length"].field(mask)
    line = mask[:, 3, 5]
    runs = [len(part) for part in "".join("x" if pore else " " for pore in line).split()]
    assert sorted({int(value) for value in lengths[:, 3, 5] if value}) == sorted(set(runs))
    assert (lengths[~mask] == 0).all()
