"""Tables and texts as LaTeX; tables with the rules of the package booktabs."""

from __future__ import annotations

import re

from .page import Part
from .tables import Cell, Column, columns

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "\N{MINUS SIGN}": "$-$",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{NO-BREAK SPACE}": "~",
    "\N{EN DASH}": "--",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{INFINITY}": r"$\infty$",
    "\N{GREEK CAPITAL LETTER OMEGA}": r"$\Omega$",
    "\N{MICRO SIGN}": r"$\mu$",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{NORTH EAST ARROW}": r"$\nearrow$",
    "\N{SOUTH EAST ARROW}": r"$\searrow$",
    "\N{BLACK CIRCLE}": r"$\bullet$",
    "\N{WHITE CIRCLE}": r"$\circ$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))


def escaped(text: str) -> str:
    """Text that LaTeX sets as it is read here; letters beyond ASCII stay, as LaTeX takes UTF-8."""
    raised = re.compile(f"[{''.join(_RAISED)}]+")
    pieces = re.split(f"({raised.pattern})", text)
    return "".join(
        f"$^{{{''.join(_RAISED[sign] for sign in piece)}}}$"
        if raised.fullmatch(piece)
        else "".join(_ESCAPES.get(sign, sign) for sign in piece)
        for piece in pieces
    )


def as_latex(part: Part) -> str:
    """A floating table with caption and label, numbers as the page shows them, intervals in brackets."""
    shown = columns(part.node)
    lines = [_row([escaped(column.head) for column in shown]), r"\midrule"]
    lines += [
        _row([_cell(column, cell) for column, cell in zip(shown, row, strict=True)])
        for row in zip(*(column.cells for column in shown), strict=True)
    ]
    body = "".join(f"    {line}\n" for line in (r"\toprule", *lines, r"\bottomrule"))
    alignment = "".join("r" if column.numeric else "l" for column in shown)
    return (
        "% needs \\usepackage{booktabs}\n"
        "\\begin{table}\n"
        "  \\centering\n"
        f"  \\caption{{{escaped(part.title)}}}\n"
        f"  \\label{{tab:{part.name}}}\n"
        f"  \\begin{{tabular}}{{{alignment}}}\n"
        f"{body}"
        "  \\end{tabular}\n"
        "\\end{table}\n"
    )


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(column: Column, cell: Cell) -> str:
    if column.numeric and cell.small:
        return f"{escaped(cell.shown)} ({escaped(cell.small)})"
    return ", ".join(escaped(text) for text in (cell.shown, cell.small) if text)
