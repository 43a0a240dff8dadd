"""The audit's findings, gravest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...schema import Severity
from .context import Context

SEVERITIES: Mapping[Severity, str] = {
    "error": "makes results wrong if ignored",
    "warning": "makes results weaker",
    "info": "good to know",
}
MAX_EXAMPLES = 8


@dataclass(frozen=True)
class AuditFinding:
    """One finding, as the report shows it."""

    code: str
    title: str
    severity: str
    count: int
    unit: str
    message: str
    examples: tuple[str, ...]
    n_more: int
    remedy: str
    query: str
    value: str


@dataclass(frozen=True)
class AuditSummary:
    """All findings; ``reason`` says why there are none to show where the run holds no audit."""

    findings: tuple[AuditFinding, ...]
    reason: str

    def of(self, severity: str) -> tuple[AuditFinding, ...]:
        """The findings of one severity."""
        return tuple(item for item in self.findings if item.severity == severity)

    @property
    def errors(self) -> tuple[AuditFinding, ...]:
        """Findings that make results wrong if ignored."""
        return self.of("error")

    @property
    def warnings(self) -> tuple[AuditFinding, ...]:
        """Findings that make results weaker."""
        return self.of("warning")


def audit(context: Context) -> AuditSummary:
    """Findings by severity, then in the order the audit gave them."""
    findings = context.run.findings
    if findings is None:
        return AuditSummary((), "This run holds no audit.json, so nothing is known about flaws of its data.")
    order: list[str] = list(SEVERITIES)
    told = [_finding(item) for item in findings]
    told.sort(key=lambda item: order.index(item.severity) if item.severity in order else len(order))
    return AuditSummary(tuple(told), "" if told else "The audit found nothing to say.")


def _finding(item: Mapping[str, Any]) -> AuditFinding:
    examples = tuple(str(example) for example in item.get("examples") or ())
    code = str(item["code"])
    return AuditFinding(
        code=code,
        title=code.replace("_", " ").capitalize(),
        severity=str(item.get("severity", "info")),
        count=int(item.get("count") or 0),
        unit=str(item.get("unit", "")),
        message=str(item.get("message", "")),
        examples=examples[:MAX_EXAMPLES],
        n_more=max(len(examples) - MAX_EXAMPLES, 0),
        remedy=str(item.get("remedy") or ""),
        query=str(item.get("query") or ""),
        value=str(item.get("value") or ""),
    )
