"""A finding of the audit of the data, or of the checks of models after training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
Unit = Literal["rows", "volumes", "columns", "designs", "scores", "targets", "comparisons", "intervals", "jobs"]


@dataclass(frozen=True)
class Finding:
    """One finding: its count, its place, and the remedy.

    ``query`` reproduces the count with pandas on the table that it names (``rows`` or ``volumes`` of the data, or a result
    table of the run); empty where no table shows it.
    """

    code: str
    severity: Severity
    count: int
    unit: Unit
    message: str
    examples: tuple[str, ...] = ()
    remedy: str = ""
    query: str = ""
    value: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return {**asdict(self), "examples": list(self.examples)}
