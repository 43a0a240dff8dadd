"""A folder with everything of a report that a paper may want."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ...errors import SettingsError
from ...files import replacing, write_text
from ..render import render_html
from ..summary import summarise
from ..tables import read_run
from .figures import as_png, as_svg
from .latex import as_latex
from .methods import methods
from .page import figures, read_page, tables
from .tables import as_csv

log = logging.getLogger(__name__)

FORMATS = ("csv", "latex", "svg", "png")


def export_report(run: Path, out: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write tables and figures of a run's report, its methods paragraph and its references into a folder; their paths.

    ``tables/`` holds CSV and LaTeX, ``figures/`` SVG and PNG, each file named after its section and its title. Files that
    are there are written over. Raises SettingsError for an unknown format, RunError where the run cannot be read,
    MissingExtraError for PNG without its extra.
    """
    if unknown := [name for name in formats if name not in FORMATS]:
        raise SettingsError(f"unknown format {unknown[0]!r}; known: {', '.join(FORMATS)}")
    summary = summarise(read_run(run))
    document = read_page(render_html(summary))
    texts: dict[str, str] = {}
    pictures: dict[str, bytes] = {}
    for part in tables(document):
        texts |= {f"tables/{part.name}.csv": as_csv(part.node)} if "csv" in formats else {}
        texts |= {f"tables/{part.name}.tex": as_latex(part)} if "latex" in formats else {}
    for part in figures(document) if {"svg", "png"} & set(formats) else ():
        svg = as_svg(part.node, document)
        texts |= {f"figures/{part.name}.svg": svg} if "svg" in formats else {}
        pictures |= {f"figures/{part.name}.png": as_png(svg)} if "png" in formats else {}
    told = methods(summary)
    texts |= {"methods.md": told.markdown, "methods.tex": told.latex, "references.bib": told.bibtex}
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        write_text(out / name, text)
    for name, content in pictures.items():
        with replacing(out / name) as temporary:
            temporary.write_bytes(content)
    return [out / name for name in (*texts, *pictures)]
