"""The manifest: everything about a run that its tables do not say, so that an old run can always be reported."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from ... import __version__
from ...features.declaration import ColumnInfo
from ...features.physics import Electrode, quantities
from ...models.base import ModelInfo
from ...schema import BUILT_IN, METRICS, REGIME_BY_NAME, SCHEMA_VERSION, Contract, Target
from ..runs.machine import machine, peak_memory_bytes, versions
from .job import JobRecord
from .run import ComparisonRecord

STATUS_COLUMNS: Mapping[str, str] = {"projected_cycle_life": "cycle_life_status", "initial_dcir": "dcir_method"}
"""Columns of the observations that say how a target was come by."""


def build_manifest(
    *,
    name: str,
    created: str,
    finished: str | None,
    command: Sequence[str],
    settings: Mapping[str, Any],
    data: Mapping[str, Any],
    phase: Mapping[str, Any],
    current_sign: int,
    device: str,
    targets: Sequence[Mapping[str, Any]],
    models: Sequence[ModelInfo],
    descriptors: Sequence[ColumnInfo],
    record: ComparisonRecord,
    timing: Mapping[str, float],
    studies: Sequence[Mapping[str, Any]] = (),
    self_check: Sequence[Mapping[str, Any]] | None = None,
    contract: Contract = BUILT_IN,
    failed_stages: Mapping[str, str] | None = None,
    plugins: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Plain nested values, ready for strict JSON: what is not finite is null."""
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "poregrove_version": __version__,
        "name": name,
        "created": created,
        "finished": finished,
        "command": list(command),
        "settings": settings,
        "not_reproducible": _not_reproducible(settings),
        "data": data,
        "phase": phase,
        "current_sign": current_sign,
        "seeds": {"seed": settings["comparison"]["seed"], "repeats": settings["comparison"]["repeats"]},
        "versions": versions(),
        "plugins": list(plugins),
        "machine": machine(device),
        "targets": list(targets),
        "regimes": [_regime(status.regime) | asdict(status) for status in record.regimes],
        "models": [_model(info, record.jobs) for info in models],
        "feature_sets": [
            {"name": set_name, "columns": list(columns), "n_columns": len(columns)}
            for set_name, columns in record.feature_sets.items()
        ],
        "descriptors": [_descriptor(column) for column in descriptors],
        "physics": _physics(settings["comparison"]["electrode"], record.feature_sets),
        "metrics": [asdict(metric) for metric in METRICS],
        "scalars": [asdict(scalar) for scalar in contract.scalars],
        "jobs": [job.as_dict() for job in record.jobs],
        "size_rules": [rule.as_dict() for rule in record.rules.applied],
        "studies": list(studies),
        "failed_stages": [{"stage": name, "reason": reason} for name, reason in (failed_stages or {}).items()],
        "timing": dict(timing),
        "self_check": self_check,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    plain: dict[str, Any] = _plain(manifest)
    return plain


def _physics(electrode: Electrode, feature_sets: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Declarations of the physics features that some feature set holds."""
    used = {column for columns in feature_sets.values() for column in columns}
    return [
        {"name": item.name, "unit": item.unit, "meaning": item.meaning, "reference": item.reference}
        for item in quantities(electrode)
        if item.name in used
    ]


def describe_targets(
    observations: pd.DataFrame, names: Sequence[str], contract: Contract = BUILT_IN
) -> list[dict[str, Any]]:
    """Each target's declaration with how many rows have it and why the others do not."""
    return [_target(observations, contract.target(name)) for name in names]


def _target(observations: pd.DataFrame, target: Target) -> dict[str, Any]:
    defined = int(observations[target.name].notna().sum())
    reasons = Counter(observations[f"{target.name}_reason"].dropna())
    column = STATUS_COLUMNS.get(target.name)
    statuses = Counter(observations[column].dropna()) if column else Counter()
    return {
        **asdict(target),
        "n": defined,
        "n_undefined": len(observations) - defined,
        "reasons": dict(reasons.most_common()),
        "statuses": dict(statuses.most_common()),
    }


def _not_reproducible(settings: Mapping[str, Any]) -> list[str]:
    """Reason why the same command may give other numbers on another machine; empty where there is none."""
    seconds = settings.get("tuning", {}).get("seconds")
    return (
        []
        if seconds is None
        else [f"tuning.seconds = {seconds:g}: how many settings a fit tries depends on the machine"]
    )


def _regime(name: str) -> dict[str, Any]:
    regime = REGIME_BY_NAME[name]
    return {**asdict(regime), "seen": sorted(regime.seen)}


def _descriptor(column: ColumnInfo) -> dict[str, Any]:
    """A column; only those of plug-ins have code to tell of."""
    return {name: value for name, value in asdict(column).items() if name != "code" or value}


def _model(info: ModelInfo, jobs: Sequence[JobRecord]) -> dict[str, Any]:
    own = [record for record in jobs if record.job.model == info.name]
    devices = sorted({record.device for record in own if record.device})
    said = (record.reason if record.status == "failed" else record.note for record in own)
    notes = sorted({note for note in said if note})
    declared = {name: value for name, value in asdict(info).items() if name != "storable" or not value}
    return {
        **declared,
        "requires_seen_ids": sorted(info.requires_seen_ids),
        "device": ", ".join(devices),
        "notes": notes,
    }


def _plain(value: Any) -> Any:
    """Nested values in types of JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
