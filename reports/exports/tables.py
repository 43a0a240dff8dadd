"""Tables of the page as rows of numbers and texts, and as CSV.

A column of numbers has the exact values that the cells carry; where they carry intervals two columns with the bounds
follow, where they carry remarks or different units one more. Columns of drawings are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..format import DASH, MINUS, THIN
from .page import Node

_DRAWN = frozenset({"plot", "mini"})
_SIGN = re.compile(f"^[{MINUS}+-]?[0-9]")


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell: the text that is shown, the small print under it, and what it carries."""

    shown: str
    small: str
    value: str | None = None
    low: str | None = None
    high: str | None = None
    unit: str | None = None

    @property
    def number(self) -> str:
        """The exact value, or what stands there in its place; empty for what is undefined."""
        if self.value is not None:
            return self.value
        text = self.shown.replace(THIN, "")
        return "" if text == DASH else text.replace(MINUS, "-").lstrip("+") if _SIGN.match(text) else plain(text)

    @property
    def words(self) -> str:
        """All its text, small print after a comma."""
        return plain(", ".join(filter(None, (self.shown, self.small))))


@dataclass(frozen=True, eq=False)
class Column:
    """A column with its head; ``numeric`` ones stand to the right."""

    head: str
    numeric: bool
    cells: tuple[Cell, ...]


def columns(table: Node) -> list[Column]:
    """The columns of a table that are no drawings, cells that span rows repeated."""
    heads = next(node for node in table.walk() if node.tag == "tr" and _part(node) == "thead").children
    grid = _grid([node for node in table.walk() if node.tag == "tr" and _part(node) == "tbody"], len(heads))
    found = []
    for at, head in enumerate(heads):
        cells = [row[at] for row in grid]
        read = _cell(head)
        name = f"{read.shown} ({read.small})" if read.small else read.shown
        if name and not any(cell is not None and cell.classes & _DRAWN for cell in cells):
            numeric = "n" in head.classes
            found.append(Column(name, numeric, tuple(_cell(cell) if cell else Cell("", "") for cell in cells)))
    return found


def as_csv(table: Node) -> str:
    """UTF-8 text with one line of heads that ``pandas.read_csv`` reads without an option."""
    named: list[tuple[str, list[str]]] = []
    for column in columns(table):
        head, cells = plain(column.head), column.cells
        units = {cell.unit for cell in cells if cell.unit not in (None, "-")}
        if len(units) == 1:
            head += f" [{units.pop()}]"
        if not column.numeric:
            named.append((head, [cell.words for cell in cells]))
            continue
        named.append((head, [cell.number for cell in cells]))
        if any(cell.low is not None for cell in cells):
            named.append((f"{head}, low", [cell.low or "" for cell in cells]))
            named.append((f"{head}, high", [cell.high or "" for cell in cells]))
        elif any(cell.small for cell in cells):
            named.append((f"{head}, remark", [plain(cell.small) for cell in cells]))
        if units:
            named.append((f"{head}, unit", [cell.unit or "" for cell in cells]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(name for name, _ in named)
    writer.writerows(zip(*(values for _, values in named), strict=True))
    return out.getvalue()


def plain(text: str) -> str:
    """Text with plain spaces and hyphens for minus signs."""
    return text.replace(THIN, " ").replace(MINUS, "-")


def _part(row: Node) -> str:
    return row.parent.tag if row.parent else ""


def _grid(rows: Sequence[Node], width: int) -> list[list[Node | None]]:
    """The cell at each place; one that spans rows stands at each of them."""
    grid: list[list[Node | None]] = [[None] * width for _ in rows]
    for number, row in enumerate(rows):
        at = 0
        for cell in row.children:
            while at < width and grid[number][at] is not None:
                at += 1
            for below in range(int(cell.attributes.get("rowspan", "1"))):
                if at < width and number + below < len(rows):
                    grid[number + below][at] = cell
    return grid


def _unseen(node: Node) -> bool:
    """Whether it is a drawing, or there for the eye or for a screen reader alone."""
    return node.tag == "svg" or "aria-hidden" in node.attributes or "hidden" in node.classes


def _cell(node: Node) -> Cell:
    carried = node.attributes
    small = [item.text(_unseen) for item in node.walk() if item.tag == "small"]
    return Cell(
        shown=node.text(lambda item: _unseen(item) or item.tag == "small"),
        small=", ".join(filter(None, small)),
        value=carried.get("data-v"),
        low=carried.get("data-lo"),
        high=carried.get("data-hi"),
        unit=carried.get("data-unit"),
    )
