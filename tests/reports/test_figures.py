"""Figures are well-formed SVG whose marks stand where the numbers say."""

import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from poregrove.reports.figures import bars, heat, interval, marks, parity, scales, svg
from poregrove.reports.figures import histogram as histogram_figure
from poregrove.reports.summary.estimate import Estimate
from poregrove.reports.summary.parity import Band, Hexagon, ParityPlot
from poregrove.reports.summary.targets import histogram


def tree_of(markup):
    return ET.fromstring(str(markup))  # noqa: S314  our own markup


def uses(markup):
    """The marks of a drawing and where they stand."""
    found = [node for node in tree_of(markup).iter("use") if node.get("href").startswith("#m-")]
    return [(node.get("href"), float(node.get("x"))) for node in found]


def test_a_mark_stands_in_proportion_between_the_ends():
    low, high = interval.PAD, interval.WIDTH - interval.PAD
    ((kind, x),) = uses(interval.interval(Estimate(0.25, 0.1, 0.4), "booster", 0.0, 1.0))
    assert kind == "#m-booster"
    assert x == pytest.approx(low + 0.25 * (high - low), abs=0.06)


@pytest.mark.parametrize("value", [-3.0, 7.0])
def test_what_lies_outside_the_axis_becomes_an_arrow(value):
    drawn = interval.interval(Estimate(value, value - 1, value + 1), "law")
    assert not uses(drawn)
    assert "beyond law" in drawn


def test_an_unknown_estimate_draws_no_mark():
    assert not uses(interval.interval(Estimate(), "booster"))
    assert "whisker" not in interval.interval(Estimate(0.5), "booster")


def test_unknown_kinds_have_a_mark_too():
    assert tree_of(marks.key("<b>")).find("use").get("href") == "#k-other"
    defined = {node.get("id") for node in tree_of(marks.definitions()).iter()}
    assert {f"{prefix}-{kind}" for kind in marks.KINDS for prefix in "mk"} | {"line"} <= defined


def test_stacked_parts_are_as_wide_as_their_shares():
    widths = [float(node.get("width")) for node in tree_of(bars.stacked([0.5, 0.0, 0.25, 0.25], 400.0)).iter("rect")]
    assert widths == pytest.approx([199.0, 99.0, 99.0])


def test_text_in_figures_is_escaped():
    drawn = svg.figure("k", "<script>", '"&', 10, 10, svg.label(1.0, 1.0, "</svg><script>alert(1)</script>"))
    assert "<script>" not in drawn
    assert tree_of(drawn).find("title").text == "<script>"


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.0017, -0.0003), (461, 1450), (1e-15, 4e-15), (-5, 5)])
def test_ticks_are_round_and_inside(low, high):
    found = scales.ticks(low, high, 5)
    assert 3 <= len(found) <= 9
    assert all(low - 1e-9 * abs(high) <= value <= high + 1e-9 * abs(high) for value in found)
    step = found[1] - found[0]
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in (1, 2, 5)


def test_tick_labels_differ():
    for low, high in [(3.78, 3.84), (0.0142, 0.0326), (461, 1450), (1e-15, 4e-15), (99990, 100010)]:
        texts = [text for _, text in scales.Axis(low, high, 0, 100).ticks(5)]
        assert len(set(texts)) == len(texts) > 1


def test_log_ticks_span_decades_and_narrow_ranges():
    assert scales.log_ticks(0.9, 1100, 4) == [1.0, 10.0, 100.0, 1000.0]
    assert scales.log_ticks(1.5, 4.2, 5) == [1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert all(1 <= value <= 30 for value in scales.log_ticks(1, 30, 5))


@pytest.mark.parametrize(
    "values", [np.linspace(1, 2, 300), np.full(5, 2.0), np.array([1.0]), np.geomspace(1e-3, 1e3, 90)]
)
def test_histograms_are_drawn_inside_their_frame(values):
    found = histogram(values, log=True)
    drawn = tree_of(histogram_figure.histogram(found, "h", "title", "ohm"))
    boxes = [(float(n.get("x")), float(n.get("x")) + float(n.get("width"))) for n in drawn.iter("rect")]
    assert len(boxes) == sum(n > 0 for n in found.counts)
    assert all(0 <= left < right <= histogram_figure.WIDTH for left, right in boxes)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("n_bands", [1, 3])
def test_parity_and_residual_plots_draw_every_hexagon_and_band(log, n_bands):
    low, high = (math.log(1), math.log(9)) if log else (1.0, 9.0)
    plot = ParityPlot(
        candidate=None, r2=Estimate(), skill=Estimate(), log=log, low=low, high=high,
        hexagons=(Hexagon(0, 0, 1), Hexagon(5, 7, 40), Hexagon(25, 29, 3)),
        bands=tuple(Band(5, 2.0 + i, 1.5 + i, 2.5 + i, 3.5 + i) for i in range(n_bands)),
        n=44, n_outside=0, n_not_positive=0,
    )  # fmt: skip
    drawn = parity.parity_plot(plot, "p", "title", "V")
    assert sum(path.count("M") for path in re.findall(r'd="([^"]*)" class="hexagon', drawn)) == 3
    for figure in (drawn, parity.residual_plot(plot, "q", "title", "V")):
        tree = tree_of(figure)
        assert len(list(tree.iter("circle"))) == n_bands
        assert tree.get("role") == "img"
        assert tree.get("aria-labelledby").split() == [tree.find("title").get("id"), tree.find("desc").get("id")]
        assert "nan" not in str(figure)


def test_heat_levels_follow_the_value_and_mark_what_is_unsure():
    assert heat.level(Estimate(0.9, 0.8, 0.95)) == "p5"
    assert heat.level(Estimate(-2.0, -3.0, -1.0)) == "m2"
    assert heat.level(Estimate(0.1, -0.2, 0.3)) == "p1 unsure"
    assert heat.level(Estimate()) == "blank"
