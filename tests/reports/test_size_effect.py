"""The page and the figure about what one volume can be trusted for."""

import math
import re
from xml.etree import ElementTree as ET

import pytest

from poregrove.reports.figures.size_effect import HEIGHT, LEFT, RIGHT, WIDTH, size_effects
from poregrove.reports.representativity import representativity_figure, representativity_page
from poregrove.reports.summary.size_effect import AtSize, SizeEffect

SIZES = (AtSize(60.0, 1, 0.5, math.nan), AtSize(30.0, 8, 0.52, 0.02), AtSize(20.0, 27, math.nan, math.nan))


def effect(name="porosity", reason="", sizes=SIZES, low=0.45):
    spread = (0.02, 20.0, 0.5, 80.0)
    return SizeEffect(name, "-", "voxel", 0.5, low, 0.55, *spread, 0.4, 0.6, reason, sizes)


def test_marks_stand_at_the_sizes_that_are_known():
    drawn = ET.fromstring(str(size_effects([effect()])))  # noqa: S314  our own markup
    places = [float(mark.get("cx")) for mark in drawn.iter("circle")]
    assert len(places) == 2
    assert LEFT < places[0] < places[1] < WIDTH - RIGHT
    heights = [float(mark.get("cy")) for mark in drawn.iter("circle")]
    assert heights[0] < heights[1]  # 0.52 above 0.5
    assert "band-whisker" in {node.get("class") for node in drawn.iter("path")}


def test_what_is_no_average_has_no_interval_in_the_figure():
    assert "band-whisker" not in size_effects([effect(low=math.nan)])


def test_a_descriptor_known_at_no_size_says_why():
    nothing = effect(reason="one_phase", sizes=(AtSize(60.0, 1, math.nan, math.nan),))
    assert "one_phase" in size_effects([nothing])


def test_panels_stand_in_two_columns():
    drawn = size_effects([effect(), effect(), effect()])
    assert f'viewBox="0 0 {2 * WIDTH:g} {2 * HEIGHT:g}"' in drawn


@pytest.fixture
def page():
    found = [effect(), effect("<b>", "gradient", low=math.nan)]
    return representativity_page("a & b.tif", found, {"gradient": "values rise"}, "60 voxels.")


def test_the_page_asks_no_network_and_escapes(page):
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", page)
    assert "<code>&lt;b&gt;</code>" in page
    assert "a &amp; b.tif" in page
    assert "0.450 to 0.550" in page
    assert "values rise" in page


def test_the_figure_stands_for_itself(page):
    drawn = ET.fromstring(representativity_figure(page))  # noqa: S314  our own markup
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawn.find("{http://www.w3.org/2000/svg}style").text
