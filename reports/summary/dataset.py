"""The data set: its counts, the conventions found, the ranges of the scalars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...schema import INPUT_PREFIX, SCALARS, Scalar
from ..format import count
from ..format import number as decimal
from .context import Context, RegimeInfo, whole
from .estimate import number
from .labels import humanised

_RULES = {
    "upper": "the stated porosity: the brighter phase",
    "lower": "the stated porosity: the darker phase",
    "named": "the user",
    "assumed": "assumption: nothing tells",
}
_SIGNS = {1: "positive on discharge", -1: "negative on discharge", 0: "undecided"}


@dataclass(frozen=True)
class ScalarSpan:
    """The values of one design scalar over the designs of the run."""

    name: str
    unit: str
    meaning: str
    n_distinct: int
    low: float
    high: float

    @property
    def constant(self) -> bool:
        """Whether it is constant, so that nothing can be learned from it."""
        return self.n_distinct == 1


@dataclass(frozen=True)
class SizeRule:
    """One rule that the size of the set brought: what was done and why, and the setting that overrules it."""

    setting: str
    what: str
    reason: str


@dataclass(frozen=True)
class DataSummary:
    """Counts (None where unknown), conventions, regimes and scalars."""

    name: str
    digest: str
    n_rows: int | None
    n_volumes: int | None
    n_designs: int | None
    n_failed: int | None
    n_left_out: int | None
    crossed: float | None
    conventions: tuple[tuple[str, str], ...]
    regimes: tuple[RegimeInfo, ...]
    scalars: tuple[ScalarSpan, ...]
    rules: tuple[SizeRule, ...] = ()
    """How the comparison followed the size of the set; none on a small one."""

    @property
    def rules_sentence(self) -> str:
        """The rules in one sentence; empty where there are none."""
        if not self.rules:
            return ""
        *others, last = [rule.what for rule in self.rules]
        return f"The set is large, so {', '.join(others)}{' and ' if others else ''}{last}."


def dataset(context: Context) -> DataSummary:
    """Counts from the manifest, spans from rows.parquet."""
    data: Mapping[str, Any] = context.run.manifest.get("data") or {}
    n = {key: whole(data.get(key)) for key in ("n_rows", "n_volumes", "n_designs", "n_failed", "n_left_out")}
    crossing = (n["n_volumes"] or 0) * (n["n_designs"] or 0)
    return DataSummary(
        name=str(data.get("path_name") or ""),
        digest=str(data.get("digest") or ""),
        n_rows=n["n_rows"],
        n_volumes=n["n_volumes"],
        n_designs=n["n_designs"],
        n_failed=n["n_failed"],
        n_left_out=n["n_left_out"],
        crossed=min((n["n_rows"] or 0) / crossing, 1.0) if crossing else None,
        conventions=_conventions(context.run.manifest),
        regimes=context.regimes,
        scalars=_scalars(context),
        rules=tuple(
            SizeRule(*(str(item.get(key) or "") for key in ("setting", "what", "reason")))
            for item in context.run.manifest.get("size_rules") or ()
        ),
    )


def _conventions(manifest: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    phase = manifest.get("phase") or {}
    found = []
    if phase.get("pore_value") is not None:
        found.append(("grey value of pore", str(phase["pore_value"])))
    if "rule" in phase:
        found.append(("phase found by", _RULES.get(phase["rule"], str(phase["rule"]))))
    errors = [number(phase.get(key)) for key in ("error", "error_otherwise")]
    if not any(map(math.isnan, errors)):
        found.append(
            ("mean error of porosity", f"{decimal(errors[0])}, with the phases exchanged {decimal(errors[1])}")
        )
    sign = manifest.get("current_sign")
    if sign is not None:
        found.append(("current", _SIGNS.get(sign, str(sign))))
    left_out = (manifest.get("data") or {}).get("left_out") or {}
    reasons = [f"{humanised(key)} ({count(n)})" for key, n in left_out.items() if n]
    if reasons:
        found.append(("rows left out for", ", ".join(reasons)))
    if planned := (manifest.get("plan") or {}).get("sentence"):
        found.append(("left out to fit the time given", str(planned)))
    return tuple(found)


def _declared(manifest: Mapping[str, Any]) -> tuple[Scalar, ...]:
    """The scalars of the run, those of the built-in contract where it does not say."""
    said = manifest.get("scalars")
    if not said:
        return SCALARS
    return tuple(Scalar(item["name"], item["column"], item.get("unit", "-"), item.get("meaning", "")) for item in said)


def _scalars(context: Context) -> tuple[ScalarSpan, ...]:
    rows, found = context.run.rows, []
    for scalar in _declared(context.run.manifest):
        column = next((name for name in (scalar.column, INPUT_PREFIX + scalar.column) if name in rows.columns), None)
        values = rows[column].dropna() if column else None
        if values is not None and len(values):
            span = float(values.min()), float(values.max())
            found.append(
                ScalarSpan(scalar.column.split(" [")[0], scalar.unit, scalar.meaning, int(values.nunique()), *span)
            )
    return tuple(found)
