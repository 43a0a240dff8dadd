"""Cost of the comparison by model, feature set and device, projected to the full size of the sweep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite, nan
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from ...models.base import ModelInfo
from ...schema import FEATURE_SET_BY_NAME
from ..scoring.losses import prediction_files
from ..tables.arrays import Data
from ..training.growth import Bound, Growth, growth_of
from ..training.predictions import read_record
from .jobs import Row

FULL_VOLUMES, FULL_DESIGNS = 15_000, 100
"""The size that is projected to."""

_SUMS = ("cpu_seconds_fit", "cpu_seconds_predict", "n_fits", "n_rows_fit", "n_rows_predict")


def cost_rows(
    run_dir: Path,
    data: Data,
    models: Sequence[ModelInfo],
    growths: Mapping[str, Growth],
    notes: Mapping[str, str],
    *,
    seconds_features: float,
) -> Iterator[Row]:
    """Rows of ``schema.COSTS``.

    ``growths`` and ``notes`` are by model; ``seconds_features``: processor seconds behind the
    descriptors of all volumes, NaN where unknown. A fit is projected by its measured growth
    (``Growth.times``), predictions and descriptors in proportion to rows and volumes.
    """
    jobs = _jobs(run_dir, data)
    order = {info.name: number for number, info in enumerate(models)}
    for (model, features, device), own in sorted(jobs.items(), key=lambda item: (order.get(item[0][0], 0), item[0])):
        record = pd.DataFrame(own)
        total = record[list(_SUMS)].sum()
        described = bool(FEATURE_SET_BY_NAME[features].tiers)
        growth = growths.get(model)
        spans = [
            _projected(own, growth, bound, seconds_features if described else 0.0, data) for bound in get_args(Bound)
        ]
        yield {
            "model": model,
            "features": features,
            "device": device,
            "note": "; ".join(_notes(own, notes.get(model), growth)),
            "seconds_features": seconds_features if described else 0.0,
            "seconds_fit": float(total["cpu_seconds_fit"]),
            "seconds_predict": float(total["cpu_seconds_predict"]),
            "fit_per_thousand": _per_thousand(total["cpu_seconds_fit"], total["n_rows_fit"]),
            "predict_per_thousand": _per_thousand(total["cpu_seconds_predict"], total["n_rows_predict"]),
            "exponent": growth.exponent if growth else nan,
            "exponent_low": growth.low if growth else nan,
            "exponent_high": growth.high if growth else nan,
            "projected_seconds": spans[0],
            "projected_low": spans[1],
            "projected_high": spans[2],
            "peak_memory_bytes": float(record["peak_memory_bytes"].max()),
            "n_rows": round(total["n_rows_fit"] / total["n_fits"]) if total["n_fits"] else 0,
            "n_fits": int(total["n_fits"]),
        }


def measured_growths(timed: Iterable[Row]) -> dict[str, Growth]:
    """The growth of each model from its timed fits."""
    frame = pd.DataFrame(list(timed), columns=["model", "rows", "seconds"])
    found = {str(name): growth_of([*own["rows"]], [*own["seconds"]]) for name, own in frame.groupby("model")}
    return {name: growth for name, growth in found.items() if growth is not None}


def _jobs(run_dir: Path, data: Data) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Records of all finished jobs of the package's models by model, feature set and device, with the rows of the table they were cut from."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for job in (*prediction_files(run_dir), *prediction_files(run_dir, "equal-size")):
        if FEATURE_SET_BY_NAME[job.features].entered:
            continue
        record = dict.fromkeys((*_SUMS, "peak_memory_bytes"), nan) | read_record(job.file(run_dir))
        record["volume_only"] = data.contract.volume_only(job.target)
        record["n_table"] = len(data.table(job.target))
        found.setdefault((job.model, job.features, str(record["device"] or "cpu")), []).append(record)
    return found


def _projected(
    jobs: Sequence[Mapping[str, Any]], growth: Growth | None, bound: Bound, seconds_features: float, data: Data
) -> float:
    """Processor seconds of the same jobs on the full crossing, descriptors included; NaN without a growth."""
    if growth is None:
        return nan
    seconds = seconds_features * FULL_VOLUMES / max(1, len(data.volumes))
    for record in jobs:
        full = FULL_VOLUMES * (1 if record["volume_only"] else FULL_DESIGNS)
        larger = full / max(1, record["n_table"])
        rows = record["n_rows_fit"] / record["n_fits"] if record["n_fits"] else record["n_table"]
        rows = rows if isfinite(rows) and rows > 0 else record["n_table"]
        seconds += record["cpu_seconds_fit"] * growth.times(rows, rows * larger, bound)
        seconds += record["cpu_seconds_predict"] * larger
    return float(seconds)


def _per_thousand(seconds: float, rows: float) -> float:
    return float(1000 * seconds / rows) if rows else nan


def _notes(jobs: Sequence[Mapping[str, Any]], said: str | None, growth: Growth | None) -> Iterator[str]:
    yield from dict.fromkeys(str(record["note"]) for record in jobs if record.get("note"))
    if said:
        yield said
    if growth is None:
        yield "growth not measured"
    else:
        yield f"growth timed from {growth.rows[0]} to {growth.rows[-1]} rows"
