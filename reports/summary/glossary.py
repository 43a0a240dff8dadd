"""The words of the report: descriptors with their range in this run, feature sets, metrics, models."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...schema import METRICS, Metric
from .context import Context, ModelInfo, whole
from .estimate import number
from .labels import feature_set_label


@dataclass(frozen=True)
class Descriptor:
    """One column of the feature table; ``span`` is lowest, 5 %, median, 95 %, highest over the volumes."""

    name: str
    unit: str
    meaning: str
    low: float
    high: float
    undefined: str
    tier: str
    version: str
    reference: str
    span: tuple[float, float, float, float, float] | None
    n_undefined: int


@dataclass(frozen=True)
class Family:
    """The descriptors of one file."""

    name: str
    descriptors: tuple[Descriptor, ...]


@dataclass(frozen=True)
class FeatureSetInfo:
    """A feature set and how many columns it has."""

    name: str
    label: str
    n_columns: int | None


@dataclass(frozen=True)
class Glossary:
    """Reference for readers: families, feature sets, metrics, models."""

    families: tuple[Family, ...]
    n_descriptors: int
    n_volumes: int
    feature_sets: tuple[FeatureSetInfo, ...]
    metrics: tuple[Metric, ...]
    models: tuple[ModelInfo, ...]


def glossary(context: Context) -> Glossary:
    """Declarations from the manifest, ranges from features.parquet."""
    manifest = context.run.manifest
    features = context.run.table("features")
    voxels = _in_voxels(manifest)
    families: dict[str, list[Descriptor]] = {}
    for item in manifest.get("descriptors") or ():
        values = features[item["name"]].to_numpy("float64") if item.get("name") in features.columns else None
        families.setdefault(str(item.get("family") or "other"), []).append(_descriptor(item, values, voxels=voxels))
    sets = tuple(
        FeatureSetInfo(str(item["name"]), feature_set_label(str(item["name"])), whole(item.get("n_columns")))
        for item in manifest.get("feature_sets") or ()
    )
    return Glossary(
        families=tuple(Family(name.replace("_", " "), tuple(found)) for name, found in families.items()),
        n_descriptors=sum(map(len, families.values())),
        n_volumes=len(features),
        feature_sets=sets,
        metrics=_metrics(manifest),
        models=tuple(context.models.values()),
    )


def _in_voxels(manifest: Mapping[str, Any]) -> bool:
    """Whether lengths are in voxels, as they are where no voxel size was given."""
    volume = (manifest.get("settings") or {}).get("volume") or {}
    return "voxel_size" in volume and volume["voxel_size"] is None and volume.get("voxel_size_from") is None


def _descriptor(
    item: Mapping[str, Any], values: np.ndarray[tuple[int], np.dtype[np.float64]] | None, *, voxels: bool
) -> Descriptor:
    finite = values[np.isfinite(values)] if values is not None else np.empty(0)
    unit = str(item.get("unit") or "-")
    low, p5, median, p95, high = np.quantile(finite, (0, 0.05, 0.5, 0.95, 1)) if len(finite) else (math.nan,) * 5
    return Descriptor(
        name=str(item["name"]),
        unit=re.sub(r"\bm(?=\d?\b)", "voxel", unit) if voxels and item.get("length_power") else unit,
        meaning=str(item.get("meaning") or ""),
        low=number(item.get("low")),
        high=number(item.get("high")),
        undefined=str(item.get("undefined") or ""),
        tier=str(item.get("tier") or ""),
        version=str(item.get("version") or ""),
        reference=str(item.get("reference") or ""),
        span=(float(low), float(p5), float(median), float(p95), float(high)) if len(finite) else None,
        n_undefined=len(values) - len(finite) if values is not None else 0,
    )


def _metrics(manifest: Mapping[str, Any]) -> tuple[Metric, ...]:
    items = manifest.get("metrics")
    if not isinstance(items, list) or not all(isinstance(item, dict) and "name" in item for item in items):
        return METRICS
    return tuple(
        Metric(str(item["name"]), item.get("better", "nominal"), str(item.get("meaning") or "")) for item in items
    )
