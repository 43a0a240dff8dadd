"""All checks over one data set, and their findings as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import get_args

from ...schema import Finding, Severity
from .check import all_checks
from .evidence import Evidence
from .text import counted

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_WIDTH = 110
_INDENT = " " * 4


def audit(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of every check, errors first, then by code."""
    findings = (item.run(evidence) for item in all_checks())
    return in_order(one for one in findings if one is not None)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with errors first, then by code."""
    return tuple(sorted(findings, key=_order))


def as_json(findings: Iterable[Finding]) -> dict[str, list[dict[str, object]]]:
    """Plain values, as ``audit.json`` holds them."""
    return {"findings": [finding.as_dict() for finding in findings]}


def text(findings: Iterable[Finding]) -> str:
    """The findings for a terminal: a summary line, then one paragraph each."""
    everything = in_order(findings)
    numbers = (sum(one.severity == severity for one in everything) for severity in SEVERITIES)
    summary = ", ".join(counted(number, severity) for number, severity in zip(numbers, SEVERITIES, strict=True))
    return "\n\n".join([summary, *map(_paragraph, everything)]) + "\n"


def _order(finding: Finding) -> tuple[int, str]:
    return SEVERITIES.index(finding.severity), finding.code


def _paragraph(finding: Finding) -> str:
    unit = finding.unit.removesuffix("s")
    value = f" = {finding.value}" if finding.value is not None else ""
    lines = [f"{finding.severity:<8}{finding.code}{value}  ({counted(finding.count, unit)})"]
    lines += _wrapped(finding.message)
    if finding.examples:
        lines += _wrapped(_lead(finding) + ", ".join(finding.examples))
    lines += _wrapped("remedy: " + finding.remedy)
    # A query is there to be copied, so it is never broken over lines.
    lines.append(f"{_INDENT}query: {finding.query}")
    return "\n".join(lines)


def _lead(finding: Finding) -> str:
    return "namely: " if len(finding.examples) == finding.count else "for example: "


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(
        sentence,
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
