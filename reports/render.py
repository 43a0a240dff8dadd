"""Rendering of a run's report: report.html, report.md and summary.json, of one summary."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..files import write_text
from . import format as wording
from .exports.methods import methods
from .figures import bars, course, curves, heat, histogram, interval, marks, parity, scales, size_effect, swarm, volumes
from .sections import SECTIONS
from .summary import Summary, as_json, summarise
from .summary.compare_runs import Versus, versus
from .tables import Run, read_run

TEMPLATES = Path(__file__).parent / "templates"
_FIGURES = (bars, course, curves, heat, histogram, interval, marks, parity, scales, size_effect, swarm, volumes)
STYLE = (
    "base.css",
    "page.css",
    "verdict.css",
    "tables.css",
    "facts.css",
    "switches.css",
    "figures.css",
    "gallery.css",
    "take.css",
    "narrow.css",
    "print.css",
)
"""In this order: what comes later wins."""
SCRIPT = (
    *("theme.js", "switches.js", "filter.js", "sorting.js", "contents.js", "paper.js"),
    "take.js",
    *("volume.js", "scene.js", "raster.js", "webgl.js", "slices.js", "viewer.js"),
)
"""In this order: what comes later uses what comes before."""
SCRIPT_FRAME = """"use strict";
// Nothing here is needed to read the page: without it every panel stands in sequence.
(() => {{
{}}})();
"""
_WORDING = (
    "number",
    "alike",
    "trimmed",
    "unit",
    "quantity",
    "score",
    "signed",
    "between",
    "count",
    "percent",
    "duration",
    "size",
    "date",
    "plural",
)


def write_report(run: Path) -> Path:
    """Write report.html, report.md and summary.json into the run folder; the path of the first.

    Each file appears whole or not at all. Raises RunError where the run cannot be read.
    """
    tables = read_run(run)
    summary = summarise(tables)
    write_text(run / "summary.json", render_json(summary))
    write_text(run / "report.md", render_markdown(summary))
    write_text(run / "report.html", render_html(summary))
    return run / "report.html"


def write_comparison(runs: Sequence[Run], differences: pd.DataFrame, out: Path) -> Path:
    """Write the page that holds ``runs`` side by side to ``out``; its path. RunError where they differ in their data."""
    page = render_comparison(versus(runs, differences))
    write_text(out, page)
    return out


def render_html(summary: Summary) -> str:
    """The page: one file without any address outside itself."""
    return render("page.html", summary=summary, methods=methods(summary))


def render_comparison(found: Versus) -> str:
    """The page of several runs: one file as well."""
    return render("comparison.html", versus=found)


def render(template: str, **told: object) -> str:
    """A page by its template, with the style, the script and the policy of every page."""
    style, script = _joined("style", STYLE, "{}"), _joined("script", SCRIPT, SCRIPT_FRAME)
    environment = _environment(autoescape=True)
    environment.globals |= {module.__name__.rpartition(".")[2]: module for module in _FIGURES}
    environment.globals |= {
        "manifest_text": wording.manifest_text,
        "sections": SECTIONS,
        "section_titles": {section.name: section.title for section in SECTIONS},
    }
    return environment.get_template(template).render(
        **told,
        style=Markup(style),  # noqa: S704  our own file
        script=Markup(script),  # noqa: S704  our own file
        policy=_policy(style, script),
    )


def render_markdown(summary: Summary) -> str:
    """The short form, for a pull request or an appendix."""
    environment = _environment(autoescape=False)
    environment.finalize = _markdown_safe
    return environment.get_template("report.md").render(summary=summary)


def render_json(summary: Summary) -> str:
    """Every number of the report, for programs."""
    return json.dumps(as_json(summary), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,  # noqa: S701  off for Markdown alone, whose every value is escaped by finalize
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {name: getattr(wording, name) for name in _WORDING} | {"zip": zip}
    return environment


def _joined(folder: str, names: Iterable[str], frame: str) -> str:
    # Text mode turns carriage returns into line feeds, as the browser's parser does before it hashes.
    parts = [(TEMPLATES / folder / name).read_text(encoding="utf-8").strip() + "\n" for name in names]
    return frame.format("".join(parts))


def _policy(style: str, script: str) -> str:
    """A content security policy: nothing is fetched, and only this style and this script count."""

    def source(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {source(style)}; script-src {source(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _markdown_safe(value: object) -> object:
    """Text that means nothing to Markdown or HTML, on one line."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = html.escape(" ".join(value.split()), quote=False)
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", text)
