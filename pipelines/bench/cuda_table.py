"""The figures of a benchmark of a CUDA device as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .table import goal_rows, grid

_GIGA = 1e9


def cuda_table(result: dict[str, Any]) -> str:
    """The result of ``run_cuda_bench`` as tables for a terminal or a page of documentation (Markdown)."""
    return "\n".join(_sections(result)) + "\n"


def _sections(result: dict[str, Any]) -> Iterator[str]:
    packages = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    copy = result["copy_bytes_per_second"] / _GIGA
    yield f"{result['device']}; copies {copy:.0f} GB/s; {result['machine']['platform']}; {packages}"
    yield f"\nVolumes a second, {result['size']}^3, wall clock, transfers included"
    yield from grid(
        ("work", "batch", "seconds", "volumes a second"),
        (
            (row["what"], str(row["batch"]), f"{row['seconds']:.4f}", f"{row['volumes_per_second']:.1f}")
            for row in result["throughput"]
        ),
    )
    yield "\nDiffusion solver alone, one axis"
    peers = {row["batch"]: row for row in result["peer"]}
    yield from grid(
        ("batch", "volumes a second", "steps", "GB/s", "of a copy", "TauFactor, volumes a second", "times faster"),
        (
            (
                str(row["batch"]),
                f"{row['volumes_per_second']:.1f}",
                str(row["iterations"]),
                f"{row['bytes_per_second'] / _GIGA:.0f}",
                f"{row['share_of_copy']:.0%}",
                *_beside(row, peers.get(row["batch"])),
            )
            for row in result["solver"]
        ),
    )
    yield "\nThe same axis on both back ends"
    yield from grid(
        ("volume", "CUDA", "CPU", "difference", "steps", "converged"),
        (
            (
                row["field"],
                f"{row['relative_diffusivity']:.6f}",
                f"{row['on_cpu']:.6f}",
                f"{row['difference']:+.1e}",
                str(row["iterations"]),
                "yes" if row["converged"] else "NO",
            )
            for row in result["fields"]
        ),
    )
    yield "\nGoals"
    yield from goal_rows(result["goals"])


def _beside(row: dict[str, Any], peer: dict[str, Any] | None) -> tuple[str, str]:
    if peer is None:
        return "-", "-"
    return f"{peer['volumes_per_second']:.1f}", f"{row['volumes_per_second'] / peer['volumes_per_second']:.1f}"
