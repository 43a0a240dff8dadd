"""A rendered report as a tree of elements, with its tables, its figures and its style sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_SPELT = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
"""Attributes of SVG that HTML's parser writes small."""


@dataclass(eq=False, repr=False)
class Node:
    """One element with what lies in it, texts as text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: Node | None = None
    content: list[Node | str] = field(default_factory=list)

    @property
    def children(self) -> list[Node]:
        """The elements right below."""
        return [item for item in self.content if isinstance(item, Node)]

    @property
    def classes(self) -> frozenset[str]:
        """Words of the attribute ``class``."""
        return frozenset(self.attributes.get("class", "").split())

    def walk(self) -> Iterator[Node]:
        """Give the element and all below, in the order of the page."""
        yield self
        for child in self.children:
            yield from child.walk()

    def closest(self, wanted: Callable[[Node], bool]) -> Node | None:
        """The element itself or the nearest above for which ``wanted`` holds."""
        node: Node | None = self
        while node is not None and not wanted(node):
            node = node.parent
        return node

    def text(self, without: Callable[[Node], bool] = lambda _: False) -> str:
        """The text of the element, spaces between words collapsed, without that of some elements."""
        return re.sub("[ \n]+", " ", "".join(self._texts(without)).replace("\u200b", "")).strip()

    def _texts(self, without: Callable[[Node], bool]) -> Iterator[str]:
        for item in self.content:
            if isinstance(item, str):
                yield item
            elif not without(item):
                yield from item._texts(without)  # noqa: SLF001  its own kind


_LONGEST = 80
"""Characters of a file's name, which some file systems limit."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.at = Node("#document")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {_SPELT.get(name, name): value or "" for name, value in attrs}, self.at)
        self.at.content.append(node)
        if tag not in _VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  every element is closed in order
        self.at = self.at.parent or self.root

    def handle_data(self, data: str) -> None:
        self.at.content.append(data)


def read_page(page: str) -> Node:
    """The document; the page is our own, so every element in it is closed in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.root


@dataclass(frozen=True, eq=False)
class Part:
    """A table or a figure of the page: a name for a file, a title for people, and the element."""

    name: str
    title: str
    node: Node


def tables(document: Node) -> list[Part]:
    """All tables of the page, in its order."""
    return _parts(document, lambda node: node.tag == "table")


def figures(document: Node) -> list[Part]:
    """All figures of the page, in its order: those with a title, and the still pictures of volumes."""
    return _parts(document, lambda node: node.tag == "svg" and bool(node.classes & {"figure", "still"}))


def _parts(document: Node, wanted: Callable[[Node], bool]) -> list[Part]:
    found, taken = [], dict[str, int]()
    for node in filter(wanted, document.walk()):
        section = node.closest(lambda above: above.tag == "section" and "section" in above.classes)
        labelled = node.closest(lambda above: "aria-label" in above.attributes)
        own = next((child.text() for child in node.children if child.tag == "title"), None)
        place = section.attributes["id"] if section else "report"
        title = own or (labelled.attributes["aria-label"] if labelled else place.capitalize())
        words = slug(node.attributes.get("id", title))
        name = words if words.startswith(place) else f"{place}-{words}"
        taken[name] = taken.get(name, 0) + 1
        found.append(Part(name if taken[name] == 1 else f"{name}-{taken[name]}", title, node))
    return found


def slug(text: str) -> str:
    """Small letters, digits and hyphens, at most 80; other characters part words."""
    return re.sub("[^a-z0-9]+", "-", text.replace("²", "2").lower()).strip("-")[:_LONGEST].rstrip("-")


def style(document: Node) -> str:
    """The style sheet of the page."""
    return next("".join(map(str, node.content)) for node in document.walk() if node.tag == "style")
