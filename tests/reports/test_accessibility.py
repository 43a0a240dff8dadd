"""axe-core finds nothing serious on the page: three widths, light and dark, everything open."""

from pathlib import Path

import pytest

AXE = Path(__file__).parent / "axe" / "axe.min.js"
CHECK = """async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, { resultTypes: ["violations"], runOnly: rules });
  return found.violations.map((item) => [item.impact, item.id, item.nodes.length, item.nodes[0].target.join(" "), item.nodes[0].failureSummary]);
}"""
KEPT = 2
"""Panels and rows beyond so many repeat what the first show, and axe would take minutes over all of them."""
THINNED = """(kept) => {
  const beyond = (box, selector) => [...box.querySelectorAll(selector)].slice(kept).forEach((part) => part.remove());
  for (const box of document.querySelectorAll("[data-switched]")) beyond(box, ".panel");
  for (const box of document.querySelectorAll(".deck, .stills, .findings")) beyond(box, ":scope > *");
  for (const body of document.querySelectorAll("tbody")) beyond(body, "tr");
  for (const table of document.querySelectorAll("table")) beyond(table, "tbody");
  for (const part of document.querySelectorAll("details")) part.open = true;
}"""


@pytest.fixture(scope="module")
def page(visit_all, sample_run):
    """The page with axe-core in it, for which its policy is set aside."""
    opened = visit_all(sample_run, bypass_csp=True).page
    opened.locator(".viewer").scroll_into_view_if_needed()
    opened.locator(".viewer[data-loaded]").wait_for()
    opened.evaluate(THINNED, KEPT)
    opened.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    return opened


def serious(page):
    return [item for item in page.evaluate(CHECK) if item[0] in ("serious", "critical")]


@pytest.mark.parametrize("width", [360, 1024, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    assert serious(page) == []


def test_what_is_wrong_would_be_found(page):
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend",
        "<section id=wrong><h2>Wrong</h2><img src='data:,'><p class=faint>faint</p></section>")"""
    )
    page.evaluate("() => { document.querySelector('.faint').style.color = '#eeeeee'; }")
    page.emulate_media(color_scheme="light")
    assert {"image-alt", "color-contrast"} <= {item[1] for item in serious(page)}
