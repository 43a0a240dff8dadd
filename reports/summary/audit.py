"""The findings of the audit and of the checks of models, gravest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Findings to show; ``reason`` says why there are none, ``ignored`` names those that the settings leave out."""

    findings: tuple[AuditFinding, ...]
    reason: str
    ignored: tuple[str, ...] = ()

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
    """What was found in the data before anything was trained."""
    if context.run.findings is None:
        return AuditSummary((), "This run holds no audit.json, so nothing is known about flaws of its data.")
    return _summary(context.run.findings, context, "The audit found nothing to say.")


def model_checks(context: Context) -> AuditSummary:
    """What was found in the results after training."""
    if context.run.model_findings is None:
        return AuditSummary((), "This run was made before models were checked after training.")
    return _summary(context.run.model_findings, context, "The checks found nothing to say.")


def _summary(findings: Sequence[Mapping[str, Any]], context: Context, nothing: str) -> AuditSummary:
    """Findings by severity, then in the order in which they were given; less those that the settings leave out."""
    settings = context.run.manifest.get("settings") or {}
    ignored = frozenset((settings.get("report") or {}).get("ignored") or ())
    order: list[str] = list(SEVERITIES)
    told = [_finding(item) for item in findings if item["code"] not in ignored]
    told.sort(key=lambda item: order.index(item.severity) if item.severity in order else len(order))
    left_out = tuple(str(item["code"]) for item in findings if item["code"] in ignored)
    return AuditSummary(tuple(told), "" if told or left_out else nothing, left_out)


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
