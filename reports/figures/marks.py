"""Marks by kind of model: a shape as well as a colour, so that either alone is enough."""

from __future__ import annotations

from markupsafe import Markup

from .svg import element, joined, path

KINDS = {
    "trivial": "trivial baseline",
    "law": "analytic law",
    "linear": "linear model",
    "booster": "gradient booster",
    "network": "neural network",
    "other": "other model",
}
_SHAPES = {
    "trivial": "M-3.6,0a3.6,3.6 0 1,0 7.2,0a3.6,3.6 0 1,0 -7.2,0z",
    "law": "M0,-4.6L4.4,3.4H-4.4z",
    "linear": "M0,-5L5,0L0,5L-5,0z",
    "booster": "M-4.2,0a4.2,4.2 0 1,0 8.4,0a4.2,4.2 0 1,0 -8.4,0z",
    "network": "M-3.8,-3.8H3.8V3.8H-3.8z",
    "other": "M-4,-4L4,4M-4,4L4,-4",
}


def known_kind(kind: str) -> str:
    """The kind, or ``other`` where there is no mark of its own."""
    return kind if kind in KINDS else "other"


def definitions() -> Markup:
    """The shapes, once a page; marks (m-), keys (k-) and lines of reference refer to them."""
    shapes = joined(element("g", path(d, f"mark {kind}"), id=f"m-{kind}") for kind, d in _SHAPES.items())
    keys = joined(element("symbol", mark(kind, 7.0, 7.0), id=f"k-{kind}", viewBox="0 0 14 14") for kind in _SHAPES)
    line = element("g", path("M0,-14V34", "reference"), id="line")
    return element(
        "svg", element("defs", shapes, keys, line), width=0, height=0, class_="definitions", aria_hidden="true"
    )


def mark(kind: str, x: float, y: float) -> Markup:
    """A mark at a place of a drawing."""
    return element("use", href=f"#m-{known_kind(kind)}", x=x, y=y)


def line(x: float) -> Markup:
    """A line of reference through a row of a table."""
    return element("use", href="#line", x=x)


def key(kind: str) -> Markup:
    """A mark as it stands beside a model's name."""
    return element("svg", element("use", href=f"#k-{known_kind(kind)}"), class_="key", aria_hidden="true")
