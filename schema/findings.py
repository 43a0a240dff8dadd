"""A finding of the audit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One finding of the audit: its count, its place, and the remedy.

    ``query`` reproduces the count with pandas on the table that it names (``rows`` or ``volumes``).
    """

    code: str
    severity: Severity
    count: int
    unit: Literal["rows", "volumes", "columns", "designs"]
    message: str
    examples: tuple[str, ...] = ()
    remedy: str = ""
    query: str = ""
    value: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return {**asdict(self), "examples": list(self.examples)}
