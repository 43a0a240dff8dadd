"""Figures of the page as SVG files that stand for themselves, and as PNG."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from ...errors import MissingExtraError, SettingsError
from .page import Node, style

if TYPE_CHECKING:
    from collections.abc import Mapping

PIXELS = 3.0
"""Pixels of a PNG to a unit of the drawing: 300 dots an inch where a unit is the hundredth part of one."""
_DRAWINGS = re.compile(r"/\* Drawings \*/(.*?)(?:/\*|\Z)", re.DOTALL)
_LIGHT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_FAMILIES = (
    "Arial",
    "Liberation Sans",
    "Helvetica Neue",
    "DejaVu Sans",
    "Noto Sans",
    "Segoe UI",
    "Roboto",
    "Open Sans",
)
"""Faces without serifs, one of which nearly every machine has; resvg draws no text in a face that is not there."""
_LETTER, _NOTHING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{text}</svg>'
    for text in ('<text y="9" font-size="9" font-family="sans-serif">M</text>', "")
)


def as_svg(figure: Node, document: Node) -> str:
    """An SVG 1.1 file with its own name spaces, styles and shapes, in light colours whatever the page shows."""
    by_id = {node.attributes["id"]: node for node in document.walk() if "id" in node.attributes}
    width, height = figure.attributes["viewBox"].split()[2:]
    defined = "".join(_markup(by_id[name]) for name in _used(figure, by_id))
    kept = {key: value for key, value in figure.attributes.items() if key not in ("class", "aria-label")}
    label = figure.attributes.get("aria-label")
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "xmlns:xlink": "http://www.w3.org/1999/xlink",
        "width": width,
        "height": height,
        **kept,
        "class": "figure",
    }
    return (
        f"<svg{_attributes(attributes)}>{f'<title>{escape(label)}</title>' if label else ''}"
        f"<style>{escape(drawing_style(style(document)), quote=False)}</style>"
        f"{f'<defs>{defined}</defs>' if defined else ''}{''.join(map(_content, figure.content))}</svg>\n"
    )


def drawing_style(sheet: str) -> str:
    """The part of a style sheet that paints drawings, with its variables replaced by the light colours."""
    light = _LIGHT.search(sheet)
    values = dict(re.findall(r"--([\w-]+): ([^;]+);", light[1] if light else ""))
    drawings = _DRAWINGS.search(sheet)
    return re.sub(r"var\(--([\w-]+)\)", lambda name: values[name[1]], (drawings[1] if drawings else "").strip())


def as_png(svg: str) -> bytes:
    """A PNG on white, ``PIXELS`` to a unit.

    Raises MissingExtraError without resvg-py, SettingsError where this machine has no font, or texts would be missing
    without a word.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise MissingExtraError("resvg-py", "png", "PNG of a report's figures") from error
    family = _family(resvg_py)
    if family is None:
        raise SettingsError(
            f"png: texts would be missing, for this machine has none of the fonts {', '.join(_FAMILIES)}; "
            "install one, or ask for svg"
        )
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=PIXELS, background="#ffffff", sans_serif_family=family))


@cache
def _family(resvg: Any) -> str | None:
    """The first of the faces in which a letter leaves a mark."""
    nothing = resvg.svg_to_bytes(svg_string=_NOTHING)
    drawn = (name for name in _FAMILIES if resvg.svg_to_bytes(svg_string=_LETTER, sans_serif_family=name) != nothing)
    return next(drawn, None)


def _used(node: Node, by_id: Mapping[str, Node]) -> list[str]:
    """Ids of the shapes that an element refers to, and those that they refer to, each once."""
    found: dict[str, None] = {}
    for item in node.walk():
        name = item.attributes.get("href", "").removeprefix("#")
        if item.tag == "use" and name not in found:
            found |= dict.fromkeys([*_used(by_id[name], by_id), name])
    return list(found)


def _content(item: Node | str) -> str:
    return escape(item, quote=False) if isinstance(item, str) else _markup(item)


def _markup(node: Node) -> str:
    """An element as XML; references go by the name that every version of SVG knows."""
    attributes = {"xlink:href" if name == "href" else name: value for name, value in node.attributes.items()}
    inner = "".join(map(_content, node.content))
    return f"<{node.tag}{_attributes(attributes)}{f'>{inner}</{node.tag}>' if inner else '/>'}"


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items())
