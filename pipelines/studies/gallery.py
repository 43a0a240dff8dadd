"""Volumes worth looking at: a typical one, the extremes, the worst predicted; their voxels and two fields over them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ...array_types import UInt8
from ...features.backends import get_backend
from ...features.batch import Batch
from ...features.spacing import CUBE, edge_and_spacing
from ...features.voxels import Spacing
from ...schema import ENTERED_SETS, GALLERY, Target
from ..data.contract_file import run_contract
from ..data.phase import PoreConvention, open_volume
from ..execution.parallel import Progress
from ..runs.atomic import write_parquet
from ..scoring.optimism_gap import STRICTEST_FIRST
from ..settings import VolumeSettings
from ..tables.target_scale import to_scale, usable
from ..training.job import Catalog, InstalledModels, Job
from ..training.predictions import read_predictions

log = logging.getLogger(__name__)

MAX_VOLUMES = 8
MAX_EDGE = 200
"""Voxels along the longest edge; of a larger volume every second, third, … voxel is shown."""
FLUX_CUT = 0.995
"""Quantile of the conducting voxels at which the scale of the flux ends: a few bottlenecks would rule it."""
TYPICAL_BY = ("porosity", "tortuosity_factor_z", "local_thickness_mean_pore")
"""Descriptors by whose ranks a volume is called typical, as far as the run has them."""
EXTREMES: tuple[tuple[str, str, bool], ...] = (
    ("least porous", "porosity", False),
    ("most porous", "porosity", True),
    ("most tortuous", "tortuosity_factor_z", True),
    ("least tortuous", "tortuosity_factor_z", False),
    ("narrowest pores", "local_thickness_mean_pore", False),
    ("widest pores", "local_thickness_mean_pore", True),
)
"""Role, descriptor, and whether its largest value is meant."""


@dataclass(frozen=True)
class GalleryItem:
    """A volume to show, the reason, and its caption."""

    digest: str
    roles: tuple[str, ...]
    caption: str = ""


def write_gallery(
    run_dir: Path,
    sources: Mapping[str, tuple[str, Path]],
    phase: PoreConvention,
    settings: VolumeSettings,
    *,
    catalog: Catalog | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> int:
    """Write gallery.parquet beside the features, rows and scores of a run; the number of volumes in it.

    ``sources`` has the name and the path of each volume by its digest. Raises VolumeError where a
    volume cannot be read any more, DeviceError where ``device`` does not answer.
    """
    features = pd.read_parquet(run_dir / "features.parquet")
    worst = worst_predicted(run_dir, catalog or InstalledModels())
    sights = [sight for sight in choose(features, worst) if sight.digest in sources]
    records: list[dict[str, Any]] = []
    for sight in sights:
        filename, path = sources[sight.digest]
        about = {"filename": filename, "volume_digest": sight.digest, "role": "; ".join(sight.roles)}
        records.append(about | {"caption": sight.caption} | shown(path, phase, settings, device))
        if progress is not None:
            progress(len(records), len(sights))
    frame = pd.DataFrame(records, columns=list(GALLERY.names))
    write_parquet(run_dir / "gallery.parquet", pa.Table.from_pandas(frame, schema=_schema(), preserve_index=False))
    return len(records)


def choose(features: pd.DataFrame, worst: Sequence[GalleryItem] = ()) -> tuple[GalleryItem, ...]:
    """At most ``MAX_VOLUMES`` volumes of a table of descriptors, each once with all its roles.

    First the typical volume, then one without a way through, then ``worst``, then the extremes in
    their order. Ties go to the first in the table, so that a run shows the same volumes every time.
    """
    known = features[features["status"] == "ok"].reset_index(drop=True)
    found: dict[str, GalleryItem] = {}
    for sight in (*_typical(known), *_blocked(known), *worst, *_extremes(known)):
        before = found.get(sight.digest)
        if before is not None:
            caption = " ".join(part for part in (before.caption, sight.caption) if part)
            found[sight.digest] = GalleryItem(sight.digest, (*before.roles, *sight.roles), caption)
        elif len(found) < MAX_VOLUMES:
            found[sight.digest] = sight
    return tuple(found.values())


def _typical(known: pd.DataFrame) -> Iterator[GalleryItem]:
    """The volume whose ranks are closest to the middle."""
    columns = [name for name in TYPICAL_BY if name in known and known[name].notna().any()]
    if columns:
        off = (known[columns].rank(pct=True) - 0.5).pow(2).sum(axis=1, skipna=False)
        if off.notna().any():
            yield GalleryItem(_digest(known, int(off.argmin())), ("typical",))


def _blocked(known: pd.DataFrame) -> Iterator[GalleryItem]:
    """The most porous of the volumes through which no pore leads: the one that surprises."""
    if {"percolates_z", "porosity"} <= set(known):
        closed = known["porosity"].where(known["percolates_z"] == 0)
        if closed.notna().any():
            yield GalleryItem(_digest(known, int(closed.argmax())), ("no way through",))


def _extremes(known: pd.DataFrame) -> Iterator[GalleryItem]:
    for role, column, largest in EXTREMES:
        if column in known and known[column].min() < known[column].max():
            values = known[column]
            yield GalleryItem(_digest(known, int(values.argmax() if largest else values.argmin())), (role,))


def _digest(known: pd.DataFrame, position: int) -> str:
    return str(known["volume_digest"].to_numpy()[position])


def worst_predicted(run_dir: Path, catalog: Catalog) -> tuple[GalleryItem, ...]:
    """The volume with the largest mean error of a model of the package, for the heaviest target of the cell and of the volume alone."""
    scores = pd.read_parquet(run_dir / "scores.parquet")
    scores = scores[~scores["features"].isin([item.name for item in ENTERED_SETS])]
    trivial = {info.name for info in catalog.available() if info.kind == "trivial"}
    scores = scores[(scores["metric"] == "skill") & scores["value"].notna() & ~scores["model"].isin(trivial)]
    rows = pd.read_parquet(run_dir / "rows.parquet").set_index("row")
    found: list[GalleryItem] = []
    for alone in (False, True):
        scored = [
            item
            for item in run_contract(run_dir).targets
            if item.volume_only == alone and item.name in set(scores["target"])
        ]
        if scored:
            target = max(scored, key=lambda item: item.weight)
            found += _worst(run_dir, _best_job(scores, target), rows)
    return tuple(found)


def _best_job(scores: pd.DataFrame, target: Target) -> Job:
    """The candidate with the highest skill under the strictest regime that the target was scored under."""
    own = scores[(scores["target"] == target.name) & (scores["scale"] == target.scale)]
    # under new-both a target of the volume alone repeats new-structure
    order = [name for name in (*STRICTEST_FIRST, "random") if not (target.volume_only and name == "new-both")]
    regime = next((name for name in order if name in set(own["regime"])), str(own["regime"].iloc[0]))
    best = own[own["regime"] == regime].sort_values("value", kind="stable").iloc[-1]
    return Job(target.name, str(best["model"]), str(best["features"]), regime)


def _worst(run_dir: Path, job: Job, rows: pd.DataFrame) -> Iterator[GalleryItem]:
    predictions = read_predictions(job.file(run_dir))
    here, scale = rows.loc[predictions["row"]], run_contract(run_dir).target(job.target).scale
    y = here[job.target].to_numpy(np.float64)
    error = np.abs(to_scale(predictions["y_pred"].astype(np.float64), scale) - to_scale(y, scale))
    kept = usable(y, scale) & np.isfinite(error)
    by_volume = pd.Series(error[kept]).groupby(here["volume_digest"].to_numpy()[kept]).mean()
    if len(by_volume) > 1:
        words = job.target.replace("_", " ")
        ratio = by_volume.max() / by_volume.median() if by_volume.median() > 0 else math.nan
        times = f", {ratio:.1f} times that of the median volume" if math.isfinite(ratio) else ""
        caption = f"Its mean error of {words} ({job.model} on {job.features}, {job.regime}) is the largest of {len(by_volume)} volumes{times}."
        yield GalleryItem(str(by_volume.idxmax()), (f"worst predicted {words}",), caption)


def shown(path: Path, phase: PoreConvention, settings: VolumeSettings, device: str) -> dict[str, Any]:
    """Voxels and fields of one volume, as ``schema.GALLERY`` has them."""
    volume = open_volume(path, phase, settings)
    mask = volume.mask
    step = -(-max(mask.shape) // MAX_EDGE)
    mask = np.ascontiguousarray(mask[::step, ::step, ::step])
    unit, spacing = edge_and_spacing(math.nan if volume.voxel_size is None else volume.voxel_size)
    thickness, thickness_max = thickness_field(mask, device, spacing)
    flux, flux_max = flux_field(mask, device)
    nz, ny, nx = mask.shape
    return {
        "voxel_size": unit * step,
        "thickness_max": thickness_max,
        "flux_max": flux_max,
        "nz": nz,
        "ny": ny,
        "nx": nx,
        "pore": np.packbits(mask.ravel()).tobytes(),
        "thickness": thickness.tobytes(),
        "flux": flux.tobytes(),
    }


def thickness_field(mask: NDArray[np.bool_], device: str = "cpu", spacing: Spacing = CUBE) -> tuple[UInt8, float]:
    """Local thickness of the pore as a share of its largest, 0 to 255, and that in smallest edges; empty without a wall."""
    if mask.all() or not mask.any():
        return np.empty(0, np.uint8), math.nan
    (radius,) = Batch([mask], get_backend(device), spacing).thickness_maps("pore")
    return as_bytes(radius, float(radius.max())), float(radius.max())


def flux_field(mask: NDArray[np.bool_], device: str = "cpu") -> tuple[UInt8, float]:
    """Diffusive flow along z through each voxel over its mean, cut at ``FLUX_CUT``; empty where nothing passes."""
    backend = get_backend(device)
    batch = Batch([mask], backend)
    (result,) = backend.solve_diffusion(batch.pore, 0, spanning=batch.spanning("pore", "z"), keep_throughput=True)
    if result.throughput is None or not result.converged:
        return np.empty(0, np.uint8), math.nan
    flow = np.asarray(backend.to_host(result.throughput), np.float64)
    end = float(np.quantile(flow[flow > 0], FLUX_CUT))
    return as_bytes(flow, end), end


def as_bytes(values: NDArray[np.float64], end: float) -> UInt8:
    """Shares of ``end`` in 255 steps; what is above it is cut."""
    return np.clip(np.rint(values * (255.0 / end)), 0, 255).astype(np.uint8)


def _schema() -> pa.Schema:
    kinds = {"float64": pa.float64(), "string": pa.string(), "binary": pa.binary(), "int32": pa.int32()}
    return pa.schema([(field.name, kinds[field.kind]) for field in GALLERY.fields])
