"""The view of a volume in a real browser: it is drawn, turned, cut and coloured, by mouse and by keyboard."""

from itertools import pairwise

import imagecodecs
import numpy as np
import pytest

NO_WEBGL = """const before = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : before.call(this, kind, ...more);
};"""
STAGE = ".stage canvas"


def pixels(page, selector=STAGE):
    """RGB of what is on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return imagecodecs.png_decode(page.locator(selector).first.screenshot())[..., :3].astype(int)


def changed(before, after):
    """Share of the pixels that differ."""
    return (np.abs(before - after).max(axis=-1) > 8).mean()


def pick(page, key, value):
    page.locator(f".viewer .choice[data-key={key}] label", has=page.locator(f"input[value={value}]")).click()


@pytest.fixture(scope="module", params=["webgl2", "canvas"])
def opened(visit_all, sample_run, request):
    """The page with its first volume drawn, with WebGL2 and without; one page, for a shader takes seconds here."""
    page = visit_all(sample_run, width=360, script=NO_WEBGL if request.param == "canvas" else None).page
    page.locator(".viewer").scroll_into_view_if_needed()
    page.locator(".viewer[data-loaded=volume-1]").wait_for()
    assert page.locator(".viewer").get_attribute("data-painter") == request.param
    return page


@pytest.fixture
def viewer(opened):
    """The page as it was when it opened."""
    opened.locator(".look[value=volume-1]").click()
    opened.locator(".viewer[data-loaded=volume-1]").wait_for()
    pick(opened, "phase", "pore")
    pick(opened, "colour", "thickness")
    opened.locator(".reset").click()
    return opened


def test_the_volume_is_drawn_and_turns_by_drag_and_by_keys(viewer):
    first = pixels(viewer)
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 20
    box = viewer.locator(STAGE).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    viewer.mouse.move(x, y)
    viewer.mouse.down()
    viewer.mouse.move(x + 80, y - 40, steps=4)
    viewer.mouse.up()
    dragged = pixels(viewer)
    assert changed(first, dragged) > 0.1
    viewer.locator(STAGE).focus()
    viewer.keyboard.press("ArrowLeft")
    viewer.keyboard.press("ArrowUp")
    turned = pixels(viewer)
    assert changed(dragged, turned) > 0.05
    viewer.keyboard.press("+")
    assert changed(turned, pixels(viewer)) > 0.02
    viewer.keyboard.press("Home")
    # the frame of the focus is new
    assert changed(first, pixels(viewer)) < 0.04


def test_sliders_cut_the_volume_and_show_its_sections(viewer):
    first, section = pixels(viewer), pixels(viewer, "canvas[data-axis=x]")
    slider = viewer.locator("input[data-axis=x]")
    slider.focus()
    for _ in range(9):
        viewer.keyboard.press("ArrowLeft")
    assert slider.evaluate("(input) => input.closest('label').querySelector('output').textContent") == "15 of 24"
    assert changed(first, pixels(viewer)) > 0.05
    assert changed(section, pixels(viewer, "canvas[data-axis=x]")) > 0.05
    viewer.locator(".reset").click()
    assert changed(first, pixels(viewer)) < 0.01


def test_phases_and_colours_switch(viewer):
    looks = [pixels(viewer)]
    pick(viewer, "phase", "solid")
    looks.append(pixels(viewer))
    pick(viewer, "phase", "both")
    looks.append(pixels(viewer))
    pick(viewer, "colour", "flux")
    looks.append(pixels(viewer))
    pick(viewer, "colour", "none")
    looks.append(pixels(viewer))
    assert not viewer.locator(".scale").is_visible()
    assert min(changed(before, after) for before, after in pairwise(looks)) > 0.02


def test_another_volume_is_looked_into_and_offers_only_the_fields_it_has(viewer):
    first = pixels(viewer)
    viewer.locator(".look[value=volume-2]").click()
    viewer.locator(".viewer[data-loaded=volume-2]").wait_for()
    assert changed(first, pixels(viewer)) > 0.1
    assert viewer.locator(".viewer .choice[data-key=colour] input:disabled").count() == 2
    assert viewer.locator(".viewer .choice[data-key=colour] input:checked").get_attribute("value") == "none"
    assert viewer.locator(".look[aria-pressed=true]").get_attribute("value") == "volume-2"
    viewer.locator(".look[value=volume-3]").click()
    viewer.locator(".viewer[data-loaded=volume-3]").wait_for()
    assert [viewer.locator(f"input[data-axis={axis}]").get_attribute("max") for axis in "zyx"] == ["12", "24", "30"]


def test_on_paper_the_canvas_becomes_its_picture(viewer):
    pick(viewer, "phase", "solid")
    viewer.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    source = viewer.locator(".stage img").get_attribute("src")
    assert source.startswith("data:image/png;base64,")
    viewer.emulate_media(media="print")
    assert not viewer.locator(STAGE).is_visible()
    shown = pixels(viewer, ".stage img")
    viewer.emulate_media(media="screen")
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 3


def test_before_anything_loads_and_without_scripts_the_stills_are_there(visit, sample_run):
    found = visit(sample_run, java_script_enabled=False)
    assert found.shown(".stills .still") == 3
    assert found.shown(".viewer") == found.shown(".look") == 0
    seen = imagecodecs.png_decode(found.page.locator(".stills .still").first.screenshot())[..., :3]
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) > 20
