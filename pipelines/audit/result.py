"""The findings of an audit, as ``poregrove.pipelines.audit`` returns them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...schema import Finding
from ..runs.notebook import html_table
from .audit import SEVERITIES, as_json, text
from .text import counted


@dataclass(frozen=True)
class AuditResult:
    """Findings, errors first, then by code; iterating gives them one by one."""

    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, list[dict[str, object]]]:
        """Plain values, ready for JSON."""
        return as_json(self.findings)

    def text(self) -> str:
        """The findings for a terminal: a summary line, then one paragraph each."""
        return text(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        numbers = [sum(one.severity == severity for one in self.findings) for severity in SEVERITIES]
        counts = ", ".join(counted(number, severity) for number, severity in zip(numbers, SEVERITIES, strict=True))
        return f"AuditResult({counts})"

    def _repr_html_(self) -> str:
        rows = ((one.severity, one.code, f"{one.count:,} {one.unit}", one.message) for one in self.findings)
        return html_table(repr(self), ("severity", "code", "count", "finding"), rows)
