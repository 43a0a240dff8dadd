"""The audit: what is wrong or weak about a data set, before anything is trained."""

from __future__ import annotations

from .audit import as_json, audit, text
from .check import Check, CheckResult, all_checks, check
from .evidence import Evidence

__all__ = ["Check", "CheckResult", "Evidence", "all_checks", "as_json", "audit", "check", "text"]
