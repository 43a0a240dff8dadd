"""Downloads of the page in a real browser: the same files as the command writes, and other programs open them."""

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

PNG_SHOWN = 3
"""PNG are made by the browser, a second each: so many are opened."""
ALL_OF = """async () => {
  const found = {};
  const keep = URL.createObjectURL;
  const waiting = [];
  URL.createObjectURL = (blob) => { waiting.push(blob); return "#"; };
  HTMLAnchorElement.prototype.click = function () { found[this.download] = waiting.pop(); };
  const wanted = [...document.querySelectorAll(".take button")].filter((button) => button.textContent !== "PNG");
  for (const button of wanted) { button.click(); await Promise.resolve(); await Promise.resolve(); }
  await new Promise((done) => setTimeout(done, 0));
  URL.createObjectURL = keep;
  return Object.fromEntries(await Promise.all(Object.entries(found).map(async ([name, blob]) => [name, await blob.text()])));
}"""


@pytest.fixture(scope="module")
def written(exported):
    out, paths = exported
    return {path.name: path.read_text(encoding="utf-8") for path in paths if path.parent != out}


@pytest.fixture(scope="module")
def page(visit_all, sample_run):
    return visit_all(sample_run, accept_downloads=True).page


def test_every_file_of_the_page_is_that_of_the_command(page, written):
    found = page.evaluate(ALL_OF)
    assert sorted(found) == sorted(written)
    for name, text in found.items():
        if name.endswith(".svg"):
            assert ET.canonicalize(text) == ET.canonicalize(written[name]), name
        else:
            assert text == written[name], name


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("#verdict", "CSV .csv"),
        ("#leaderboard .panel:not([hidden])", "LaTeX .tex"),
        ("#parity .panel:not([hidden])", "SVG .svg"),
    ],
)
def test_a_click_gives_a_file(visit, sample_run, written, place, name):
    label, suffix = name.split()
    found = visit(sample_run, accept_downloads=True)
    button = found.page.locator(f"{place} .take button", has_text=label).first
    assert button.get_attribute("aria-label").startswith(f"{label} of ")
    with found.page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename.endswith(suffix)
    text = download.value.path().read_text(encoding="utf-8")
    expected = written[download.value.suggested_filename]
    assert (ET.canonicalize(text) == ET.canonicalize(expected)) if suffix == ".svg" else text == expected
    assert found.messages == []
    assert [url for url in found.requests if not url.startswith(("data:", "blob:"))] == [found.address]


def test_a_png_is_three_pixels_to_a_unit_in_light_colours_whatever_the_page_shows(visit, sample_run, tmp_path):
    found = visit(sample_run, accept_downloads=True, color_scheme="dark")
    for number in range(PNG_SHOWN):
        button = found.page.locator("#targets .take button", has_text="PNG").nth(number)
        box = button.locator("xpath=../preceding-sibling::*[1]").get_attribute("viewBox")
        with found.page.expect_download() as download:
            button.click()
        download.value.save_as(tmp_path / "picture.png")
        picture = Image.open(tmp_path / "picture.png").convert("L")
        assert picture.size == tuple(round(3 * float(value)) for value in box.split()[2:])
        shown = np.asarray(picture)
        assert shown[0, 0] == 255
        assert shown.min() < 160
    assert found.messages == []


def test_an_svg_of_the_browser_is_drawn_by_another_program(page, written):
    resvg = pytest.importorskip("resvg_py", reason="needs resvg-py, from the extra png")
    for name, text in page.evaluate(ALL_OF).items():
        if name.startswith("parity-observed") and name.endswith(".svg"):
            ours, theirs = (
                np.asarray(
                    Image.open(io.BytesIO(bytes(resvg.svg_to_bytes(svg_string=svg, background="#fff")))).convert("L")
                )
                for svg in (written[name], text)
            )
            assert (ours == theirs).all()
            assert np.ptp(ours) > 100


def test_the_view_of_a_volume_is_saved_as_it_is_shown(visit, sample_run):
    found = visit(sample_run, accept_downloads=True)
    found.page.locator(".viewer").scroll_into_view_if_needed()
    found.page.locator(".viewer[data-loaded]").wait_for()
    with found.page.expect_download() as download:
        found.page.locator(".viewer .save").click()
    assert download.value.suggested_filename.endswith("-tif.png")
    picture = Image.open(download.value.path())
    width = found.page.locator(".stage canvas").evaluate("(canvas) => canvas.width")
    assert picture.size == (width, width)
    assert len(np.unique(np.asarray(picture.convert("L")))) > 20
    # a software renderer says that reading its picture takes time
    assert [text for text in found.messages if "ReadPixels" not in text] == []


def test_nothing_is_offered_on_paper_or_without_scripts(visit, sample_run):
    found = visit(sample_run, java_script_enabled=False)
    assert found.page.locator(".take").count() == 0
    found = visit(sample_run)
    found.page.emulate_media(media="print")
    assert found.shown(".take") == 0
