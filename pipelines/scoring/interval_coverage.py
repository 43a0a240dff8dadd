"""Coverage of intervals: rows of the table ``intervals``, from the predictions and the records of their jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..training.conformal import LEVEL
from ..training.job import Job
from ..training.predictions import read_predictions, read_record
from .losses import ScoredRows

_WORST = 0.1
"""Share of the volumes that the worst decile holds, one at least."""


def interval_rows(run_dir: Path, jobs: Sequence[Job], truth: ScoredRows) -> Iterator[dict[str, Any]]:
    """One row for each job that has intervals, or a reason why it has none; on the raw scale."""
    for job in jobs:
        record = read_record(job.file(run_dir))
        if record.get("interval_method") is None:
            continue
        found = read_predictions(job.file(run_dir))
        bounded = np.isfinite(found["y_lo"]) & np.isfinite(found["y_hi"])
        at = np.searchsorted(truth.row, found["row"][bounded])
        lo, hi = (found[name][bounded].astype(np.float64) for name in ("y_lo", "y_hi"))
        # Bounds are stored in single precision, so the truth is compared as it would be stored.
        y = truth.y[at].astype(np.float32)
        yield {
            **{name: getattr(job, name) for name in ("target", "model", "features", "regime")},
            "method": record["interval_method"],
            "reason": record.get("interval_reason"),
            "level": LEVEL,
            **_coverage((lo <= y) & (y <= hi), truth.volume_group[at]),
            "width": float((hi - lo).mean()) if len(at) else np.nan,
            "n_rows": len(np.unique(at)),
            "n_volumes": len(np.unique(truth.volume_group[at])),
            "n_calibration": record.get("n_calibration") or 0,
        }


def _coverage(inside: NDArray[np.bool_], volume: NDArray[np.integer[Any]]) -> dict[str, float]:
    """Coverage of rows and of volumes; all NaN without a row."""
    names = ("coverage", "coverage_volumes", "volumes_covered", "coverage_worst_decile")
    if not len(inside):
        return dict.fromkeys(names, np.nan)
    _, position, size = np.unique(volume, return_inverse=True, return_counts=True)
    shares = np.sort(np.bincount(position, inside) / size)
    worst = shares[: max(1, round(_WORST * len(shares)))]
    covered = shares >= LEVEL - 1e-9
    return dict(zip(names, map(float, (inside.mean(), shares.mean(), covered.mean(), worst.mean())), strict=True))
