"""SVG elements as escaped markup. No style attributes: colours come from the style sheet by class."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape


def coordinate(value: float) -> str:
    """A length in user units, to a tenth."""
    return f"{value:.1f}".rstrip("0").rstrip(".").replace("-0", "0" if abs(value) < 0.05 else "-0")  # noqa: PLR2004


def element(name: str, *children: object, **attributes: object) -> Markup:
    """``<name ...>children</name>``; ``_`` in attribute names reads as ``-``, a trailing one is dropped."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(coordinate(value) if isinstance(value, float) else value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(str(escape(child)) for child in children)
    return Markup(f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>")  # noqa: S704  escaped above


def path(d: str, class_: str) -> Markup:
    """A path."""
    return element("path", d=d, class_=class_)


def label(x: float, y: float, text: str, class_: str = "tick", anchor: str | None = None) -> Markup:
    """A text; ``anchor`` is start, middle or end."""
    return element("text", text, x=x, y=y, class_=class_, text_anchor=anchor)


def joined(parts: Iterable[Markup]) -> Markup:
    """Parts one after the other."""
    return Markup("").join(parts)


def drawing(width: float, height: float, *parts: Markup, class_: str) -> Markup:
    """A small drawing beside numbers that say the same; screen readers skip it.

    Its size on the page comes from the style sheet by its class: a report holds thousands of them.
    """
    return element("svg", *parts, class_=class_, viewBox=f"0 0 {width:g} {height:g}", aria_hidden="true")


def figure(key: str, title: str, description: str, width: float, height: float, *parts: Markup) -> Markup:
    """A figure that stands for itself, with a title and a description; it scales with its column."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", description, id=f"{key}-desc"),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        class_="figure",
    )
