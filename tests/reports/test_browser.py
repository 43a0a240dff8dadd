"""The page in a real browser: silent, self-contained, usable by mouse and keyboard, at home on any width and on paper."""

from itertools import pairwise

import pandas as pd
import pytest

from poregrove.reports import write_comparison
from poregrove.schema import RUN_DIFFERENCES

OUTSIDE = """() => {
  const inside = (element) => !matchMedia('print').matches && element.closest('.wide, .contents, pre');
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().width > 1 && !inside(element))
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((element) => element.tagName + '.' + element.getAttribute('class')).slice(0, 5);
}"""


@pytest.mark.parametrize("name", ["sample_run", "hostile_run"])
def test_the_page_is_silent_and_asks_for_nothing(visit, request, name):
    found = visit(request.getfixturevalue(name))
    found.page.locator(".choice input, .theme input, summary, thead button").evaluate_all(
        "parts => parts.forEach((part) => part.click())"
    )
    assert found.messages == []
    assert [url for url in found.requests if not url.startswith("data:")] == [found.address]


@pytest.mark.parametrize("width", [360, 1024, 1920])
@pytest.mark.parametrize("name", ["sample_run", "hostile_run"])
def test_nothing_sticks_out_sideways(visit, request, name, width):
    found = visit(request.getfixturevalue(name), width=width)
    found.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    assert found.page.evaluate(OUTSIDE) == []


FRAMES = """() => [...document.querySelectorAll('.wide')].filter((frame) => frame.scrollWidth > frame.clientWidth + 1)
  .map((frame) => frame.getAttribute('aria-label'))"""


@pytest.mark.parametrize("width", [1280, 2560])
def test_no_table_needs_scrolling_sideways_on_a_desk(visit, sample_run, width):
    found = visit(sample_run, width=width)
    found.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    assert found.page.evaluate(OUTSIDE) == found.page.evaluate(FRAMES) == []


def test_the_first_screen_answers_without_scrolling(visit, sample_run):
    found = visit(sample_run, width=1440)
    for selector in ("h1", ".contest", ".use", ".answers"):
        place = found.page.locator(selector).first.bounding_box()
        assert 0 <= place["y"] < place["y"] + place["height"] <= 900, selector


@pytest.mark.parametrize("width", [700, 1024, 1280, 1440])
def test_every_section_can_be_reached_from_the_contents(visit, sample_run, width):
    found = visit(sample_run, width=width)
    for link in found.page.locator(".contents a").all():
        place = link.bounding_box()
        assert 0 <= place["x"] < place["x"] + place["width"] <= width
        assert place["y"] + place["height"] <= 900
    found.page.locator(".contents a").last.click()
    assert found.page.evaluate("location.hash") == "#manifest"


@pytest.fixture(scope="module")
def two_runs(make_run, tmp_path_factory):
    """A folder with the page of two runs of which nothing could be paired."""
    run = make_run(
        volumes=9,
        designs=5,
        targets=("nominal_capacity", "porosity"),
        models=("mean", "ridge", "xgboost"),
        hostile=True,
    )
    nothing = pd.DataFrame(columns=list(RUN_DIFFERENCES.names))
    return write_comparison([run, run], tmp_path_factory.mktemp("page") / "comparison.html", lambda *_: nothing).parent


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_of_several_runs_is_silent_and_fits(visit, two_runs, width):
    found = visit(two_runs, width=width, name="comparison.html")
    assert found.shown("#common .panel") == 1
    found.page.locator("#common .choice label").last.click()
    assert found.shown("#common .panel[data-target=porosity]") == found.shown("#common .panel") == 1
    assert found.page.evaluate(OUTSIDE) == []
    assert found.messages == []
    assert [url for url in found.requests if not url.startswith("data:")] == [found.address]


def test_switches_show_one_board_by_mouse(visit, sample_run):
    found = visit(sample_run)
    panel = "#leaderboard .panel"
    assert found.shown(panel) == 1
    found.page.locator("#leaderboard .choice label", has_text="Tortuosity").click()
    found.page.locator("#leaderboard .choice label", has_text="R2").click()
    assert found.shown(f"{panel}[data-target=tau_factor][data-regime=new-structure]") == found.shown(panel) == 1


def test_switches_work_by_keyboard(visit, sample_run):
    found = visit(sample_run)
    chosen = "#leaderboard .choice[data-key=target] input:checked"
    before = found.page.locator(chosen).get_attribute("value")
    found.page.locator(chosen).focus()
    found.page.keyboard.press("ArrowRight")
    after = found.page.locator(chosen).get_attribute("value")
    assert after != before
    assert found.shown("#leaderboard .panel") == found.shown(f"#leaderboard .panel[data-target={after}]") == 1
    found.page.keyboard.press("Tab")
    focused = "document.activeElement.name"
    assert found.page.evaluate(focused) == "regime"


def test_the_switch_of_inputs_filters_rows_but_keeps_the_baselines(visit, sample_run):
    found = visit(sample_run)
    row = "#leaderboard .panel tr[data-features]"
    everything, trivial = found.shown(row), found.shown(f"{row}.trivial")
    found.page.locator("#leaderboard .choice[data-key=features] label").nth(2).click()
    kept = found.page.locator("#leaderboard .choice[data-key=features] input:checked").get_attribute("value")
    assert 0 < found.shown(f'{row}[data-features="{kept}"]') == found.shown(row) - trivial < everything - trivial
    assert trivial > 0


def test_the_filter_keeps_the_rows_that_hold_every_word(visit, sample_run):
    found = visit(sample_run)
    row, box = "#leaderboard .panel:not([hidden]) tbody tr", found.page.locator("#leaderboard .filter input")
    everything = found.shown(row)
    box.fill("xgboost Transport")
    texts = [text.lower() for text in found.page.locator(row).filter(visible=True).all_inner_texts()]
    named = [text for text in texts if "xgboost" in text and "transport" in text]
    assert 0 < len(named) < everything
    trivial = found.shown("#leaderboard .panel:not([hidden]) tr.trivial")
    assert len(texts) == len(named) + trivial
    assert found.page.locator("#leaderboard .filter-told").inner_text().startswith(f"{len(texts)} of {everything} rows")
    box.fill("")
    assert found.shown(row) == everything


def test_the_filter_of_the_glossary_finds_meanings_and_names_across_their_breaks(visit, sample_run):
    found = visit(sample_run)
    found.page.locator("#glossary summary").first.click()
    box = found.page.locator("#glossary .filter input")
    box.fill("tortuosity_factor")
    assert found.shown("#glossary .descriptors tbody tr") == 1
    box.press("Control+a")
    box.type("solid")
    assert found.shown("#glossary .descriptors tbody tr") == 1
    assert (
        "distance to the solid"
        in found.page.locator("#glossary .descriptors tbody tr").filter(visible=True).inner_text()
    )


def test_a_worst_prediction_leads_to_its_volume(visit, sample_run):
    page = visit(sample_run).page
    target = page.locator("#worst a").first.evaluate("(link) => link.closest('.panel').dataset.worstTarget")
    page.locator("#worst .choice label", has=page.locator(f"input[value={target}]")).click()
    link = page.locator("#worst .panel:not([hidden]) a").first
    goal = link.get_attribute("href")
    link.click()
    page.wait_for_function("(goal) => location.hash === goal", arg=goal)
    page.wait_for_timeout(900)
    assert page.locator(goal).evaluate("(node) => node.getBoundingClientRect().top") < 900


def test_sorting_follows_the_exact_values(visit, sample_run):
    found = visit(sample_run)
    panel = found.page.locator("#leaderboard .panel:not([hidden])")
    button = panel.locator("th button", has_text="MAE")
    column = button.evaluate("(button) => button.closest('th').cellIndex")
    values = f"rows => rows.map((row) => +row.cells[{column}].dataset.v)"
    for _ in range(2):
        button.focus()
        found.page.keyboard.press("Enter")
        direction = panel.locator("th[aria-sort]").get_attribute("aria-sort")
        seen = panel.locator("tbody tr").evaluate_all(values)
        assert seen == sorted(seen, reverse=direction == "descending")
    assert panel.locator("th[aria-sort]").count() == 1


def test_colours_follow_preference_and_switch_and_stay(visit, sample_run):
    found = visit(sample_run, color_scheme="dark")
    dark = found.colour()
    found.page.locator(".theme label", has_text="light").click()
    light = found.colour()
    assert light != dark
    found.page.reload()
    assert found.colour() == light
    found.page.locator(".theme input[value=light]").focus()
    found.page.keyboard.press("ArrowRight")
    assert found.colour() == dark
    assert visit(sample_run, color_scheme="light").colour() == light


def test_without_scripts_everything_stands_in_sequence(visit, sample_run):
    found = visit(sample_run, java_script_enabled=False)
    assert found.shown("#leaderboard .panel") == 44
    assert found.shown("#parity .panel") == 11
    assert found.shown(".switches") == found.shown(".theme") == 0


def test_paper_shows_every_panel_in_light_colours_within_its_width(visit, sample_run):
    found = visit(sample_run, color_scheme="dark", width=700)
    found.page.emulate_media(media="print")
    assert found.colour() == "rgb(255, 255, 255)"
    assert found.shown("#leaderboard .panel") == 44
    assert found.shown(".switches") == found.shown(".contents") == 0
    assert found.page.evaluate(OUTSIDE) == []
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 700
    found.page.emulate_media(media="screen")
    assert found.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_every_text_keeps_its_contrast_in_both_colours(visit, sample_run):
    """WCAG AA: 4.5 to 1 between the colours of text and page, 3 to 1 for marks."""
    ratio = """([a, b]) => {
      const probe = document.createElement('i'); document.body.append(probe);
      const light = (name) => {
        probe.setAttribute('hidden', ''); probe.style.color = `var(--${name})`;
        const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map((x) => x / 255)
          .map((x) => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
      probe.remove();
      return (high + 0.05) / (low + 0.05);
    }"""
    for scheme in ("light", "dark"):
        page = visit(sample_run, color_scheme=scheme).page
        texts = [(text, ground) for text in ("ink", "soft", "accent", "alarm") for ground in ("paper", "raised")]
        for pair in (*texts, ("alarm", "alarm-soft"), ("warn", "warn-soft")):
            assert page.evaluate(ratio, list(pair)) >= 4.5, (scheme, pair)
        for mark in ("trivial", "law", "linear", "booster", "network", "other"):
            assert page.evaluate(ratio, [mark, "paper"]) >= 3, (scheme, mark)


def test_landmarks_headings_and_names_are_in_order(visit, sample_run):
    page = visit(sample_run).page
    assert [page.locator(name).count() for name in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    levels = page.locator("h1, h2, h3, h4").evaluate_all("nodes => nodes.map((node) => +node.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    unnamed = page.locator("button, input, a, summary, [role=group]").evaluate_all(
        "nodes => nodes.filter((n) => !(n.textContent.trim() || n.getAttribute('aria-label') || n.closest('label'))).length"
    )
    assert unnamed == 0
