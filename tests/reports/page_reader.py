"""A strict reader of our pages: every element is closed in order, tables come back as rows of cells."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(eq=False, repr=False)
class Node:
    tag: str
    attributes: dict
    line: int
    parent: "Node | None" = None
    children: list = field(default_factory=list)
    parts: list = field(default_factory=list)

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, tag=None, **attributes):
        """Elements below with this tag and these attributes (``_`` reads as ``-``)."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            node
            for node in self.walk()
            if tag in (None, node.tag) and all(node.attributes.get(key) == value for key, value in wanted.items())
        ]

    @property
    def text(self):
        """All text below, with spaces collapsed."""
        return " ".join("".join(part if isinstance(part, str) else part.text for part in self.parts).split())

    @property
    def classes(self):
        return (self.attributes.get("class") or "").split()


class Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Node("#document", {}, 0)
        self.open = [self.root]
        self.errors = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.errors.append(f"line {self.getpos()[0]}: <{tag}> repeats an attribute")
        node = Node(tag, dict(attrs), self.getpos()[0], self.open[-1])
        self.open[-1].children.append(node)
        self.open[-1].parts.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if self.open[-1].tag != tag:
            self.errors.append(
                f"line {self.getpos()[0]}: </{tag}> closes <{self.open[-1].tag}> of line {self.open[-1].line}"
            )
        else:
            self.open.pop()

    def handle_data(self, data):
        self.open[-1].parts.append(data)


def read_page(source):
    """The document node of a path or a text; raises AssertionError where the markup is not well formed."""
    reader = Reader()
    reader.feed(source.read_text(encoding="utf-8") if isinstance(source, Path) else source)
    reader.close()
    unclosed = [f"<{node.tag}> of line {node.line} is never closed" for node in reader.open[1:]]
    assert not reader.errors + unclosed, (reader.errors + unclosed)[:5]
    return reader.root
