"""The figures of a benchmark as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_MEBIBYTE = 2**20


def table(result: dict[str, Any]) -> str:
    """The result of ``run_bench`` as tables for a terminal or a page of documentation (Markdown)."""
    return "\n".join(_sections(result)) + "\n"


def _sections(result: dict[str, Any]) -> Iterator[str]:
    machine = result["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    yield f"{machine['platform']}, {machine['cpu_count']} cores, one thread used; CPU seconds, medians; {packages}"
    yield f"\nTortuosity factor of one axis, {result['size']}^3"
    yield from grid(
        ("volume", "seconds", "TauFactor", "times faster", "error", "its error", "peak MiB", "its peak MiB"),
        (
            (
                row["field"],
                _seconds(row),
                _seconds(row.get("peer")),
                _ratio(row),
                _error(row),
                _error(row.get("peer")),
                _peak(row),
                _peak(row.get("peer")),
            )
            for row in result["tortuosity"]
        ),
    )
    yield "\nCost of the tortuosity factor with size"
    yield from grid(
        ("edge", "seconds", "ns a voxel", "peak MiB"),
        (
            (str(row["edge"]), _seconds(row), f"{row['nanoseconds_a_voxel']:.0f}", _peak(row))
            for row in result["scaling"]
        ),
    )
    yield f"\nConduction of other kinds along one axis, {result['size']}^3"
    yield from grid(
        ("problem", "seconds", "times one phase in cubes", "TauFactor", "times faster", "peak MiB", "its peak MiB"),
        (
            (
                row["solver"],
                _seconds(row),
                f"{row['times_one_phase']:.2f}",
                _seconds(row.get("peer")),
                _ratio(row),
                _peak(row),
                _peak(row.get("peer")),
            )
            for row in result["solvers"]
        ),
    )
    yield f"\nPeer-comparable set, pore phase, all axes, {result['size']}^3"
    rows = [
        (
            row["quantity"],
            _seconds(row),
            row["peer"]["package"] if "peer" in row else "-",
            _seconds(row.get("peer")),
            _ratio(row),
            _peak(row),
            _peak(row.get("peer")),
        )
        for row in result["quantities"]
    ]
    own = result["set"]
    if all("peer" in row for row in result["quantities"]):
        theirs = sum(row["peer"]["seconds"] for row in result["quantities"])
        rows.append(
            (
                "all of it, one call",
                _seconds(own),
                "all",
                f"{theirs:.3f}",
                f"{theirs / own['seconds']:.0f}",
                _peak(own),
                "-",
            )
        )
    else:
        rows.append(("all of it, one call", _seconds(own), "-", "-", "-", _peak(own), "-"))
    everything = result["everything"]
    rows.append(("both tiers, both phases", _seconds(everything), "-", "-", "-", _peak(everything), "-"))
    yield from grid(("quantity", "seconds", "peer", "its seconds", "times faster", "peak MiB", "its peak MiB"), rows)
    yield f"\nDescriptor files, all their columns, each alone with what it needs, {result['size']}^3"
    yield from grid(
        ("file", "columns", "seconds", "peak MiB"),
        ((row["family"], str(len(row["columns"])), _seconds(row), _peak(row)) for row in result["families"]),
    )
    yield "\nGoals"
    yield from goal_rows(result["goals"])


def goal_rows(goals: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A table of goals."""
    yield from grid(
        ("goal", "value", "limit", "met"),
        (
            (row["goal"], f"{row['value']:.3g}", f"{row['sense']} {row['limit']:g}", "yes" if row["met"] else "NO")
            for row in goals
        ),
    )


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table with its columns in line."""
    lines = [tuple(head), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for number, line in enumerate(lines):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        yield "| " + " | ".join(cells) + " |"
        if number == 0:
            rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
            yield "| " + " | ".join(rules) + " |"


def _seconds(row: dict[str, Any] | None) -> str:
    return "-" if row is None else f"{row['seconds']:.3f}"


def _ratio(row: dict[str, Any]) -> str:
    return f"{row['ratio']:.0f}" if "ratio" in row else "-"


def _error(row: dict[str, Any] | None) -> str:
    return "-" if row is None or row.get("error") is None else f"{row['error']:+.1e}"


def _peak(row: dict[str, Any] | None) -> str:
    return "-" if row is None else f"{row['peak_bytes'] / _MEBIBYTE:.0f}"
