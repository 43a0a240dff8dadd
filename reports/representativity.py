"""The page about what one volume can be trusted for, and its figure alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .exports.figures import as_svg
from .exports.page import figures, read_page
from .render import render
from .summary.size_effect import SizeEffect


def representativity_page(name: str, found: Sequence[SizeEffect], reasons: Mapping[str, str], facts: str) -> str:
    """One HTML file: the table, the figure, and what the ``reasons`` in it mean; ``facts`` is a sentence about the volume."""
    used = {effect.reason: reasons[effect.reason] for effect in found if effect.reason}
    return render("representativity.html", name=name, found=found, reasons=used, facts=facts)


def representativity_figure(page: str) -> str:
    """The figure of such a page as an SVG file of its own."""
    document = read_page(page)
    return as_svg(figures(document)[0].node, document)
