"""The main job: a data set in, a run folder with its report out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__
from ..errors import DataSetError, MissingExtraError
from ..features.declaration import ColumnInfo
from ..features.describe import wanted_columns
from ..models import registry
from ..models.base import Device, Volumes
from ..reports import write_report
from ..schema import FEATURE_SET_BY_NAME
from . import console
from .audit import as_json
from .bundle.write import write_bundle
from .cache import feature_cache, feature_seconds
from .comparison.groups import find_groups
from .comparison.jobs import InstalledModels, Job, JobRecord, plan_jobs
from .comparison.rows import build_rows, count_left_out
from .comparison.run import ComparisonRecord, run_comparison
from .comparison.score import score_run
from .extract import extract, sources_of
from .gallery import write_gallery
from .inspect import Study, study
from .packed import pack_volumes
from .runs.atomic import write_json, write_parquet
from .runs.clock import Clock
from .runs.folder import RunFolder
from .runs.manifest import build_manifest, describe_targets
from .self_check import Checked, check_folds, refuse_leaks, table
from .settings import Settings
from .shards import Shard
from .studies.choice import check_names
from .studies.jobs import StudyRecord
from .studies.run import run_studies
from .workers import Workers, engine_of

log = logging.getLogger(__name__)

_SHOWN = 5


@dataclass(frozen=True)
class Request:
    """What a comparison is asked to do."""

    data: Path
    out: Path
    settings: Settings = field(default_factory=Settings)
    images: Path | None = None
    labels: Path | None = None
    device: str = "auto"
    workers: Workers = None
    memory: float | None = None
    command: tuple[str, ...] = ()
    resume: bool = True
    """Whether to go on with a run of the same settings; otherwise one that is there is an error."""
    shard: Shard | None = None
    """Only this part of the descriptors and jobs, into a folder beside ``out``; ``merge`` finishes."""
    settled: Mapping[Job, JobRecord] = field(default_factory=dict)
    """What became of jobs in the parts of a run that is being merged."""
    self_check: bool = False
    """Whether the leak probes run first; where one fails nothing is compared."""


def run(request: Request) -> Path:
    """Audit, describe, compare and report; the report's path. Of a shard: its jobs alone, and their record's path.

    What is already there of the same run is kept, so the same request goes on where one was stopped.
    Raises an error of the package before anything is written where the request cannot be met:
    unknown names (SettingsError), unusable data (DataSetError), a device that does not answer
    (DeviceError); RunError where the folder belongs to another run.
    """
    clock = Clock()
    settings = request.settings
    columns = wanted_columns(settings.comparison.tiers, None)
    catalog = InstalledModels(settings.model, settings.tuning, RunFolder(request.out).tuning)
    looks = _looks(plan_jobs(settings.comparison, catalog.available(), volumes=True))
    check_names(settings.study, catalog.available())
    _check_options(catalog)
    engine = engine_of(request.workers)
    backend = engine.backend(request.device)
    checked = _probed() if request.self_check else ()
    with clock.stage("reading"), console.progress("looking", "volume") as progress:
        seen = study(
            request.data,
            settings,
            images=request.images,
            labels=request.labels,
            workers=request.workers,
            progress=progress,
        )
    _refuse_unreadable(seen)
    folder = RunFolder(request.shard.place(request.out) if request.shard else request.out)
    rows = build_rows(seen.observations.frame, seen.look.frame, impossible=settings.comparison.impossible)
    if rows.empty:
        raise DataSetError(f"{request.data}: no row has a volume that can be read")
    digest = _digest(rows)
    with folder.locked(), folder.journal(request.command):
        folder.begin({"data": digest, "settings": settings.identity()}, resume=request.resume)
        clock.keep_in(folder.clock)
        with clock.stage("features"), console.progress("describing", "volume") as progress:
            features = _features(seen, columns, request, progress)
        write_parquet(folder.features, features)
        write_parquet(folder.rows, rows)
        write_json(folder.audit, as_json(seen.findings(features)))
        volumes = _packed(seen, features, folder, request) if looks else None
        with clock.stage("models"), console.progress("comparing", "job group") as progress:
            record = run_comparison(
                folder.path,
                rows,
                features,
                settings.comparison,
                groups=find_groups(
                    rows,
                    seen.look.readable,
                    observations=seen.observations.frame,
                    group_columns=settings.comparison.group_columns,
                    ood_column=settings.comparison.ood_column,
                ),
                tiers={column.name: column.tier for column in columns},
                catalog=catalog,
                metres=settings.volume.voxel_size is not None,
                volumes=volumes,
                workers=request.workers,
                memory=request.memory,
                device=_model_device(backend),
                shard=request.shard,
                settled=request.settled,
                progress=progress,
            )
        if request.shard:
            write_json(folder.part, _part_record(request, request.shard, record))
            return folder.part
        with clock.stage("scores"), console.progress("scoring", "target") as progress:
            score_run(
                folder.path,
                settings.comparison,
                catalog=catalog,
                workers=request.workers,
                memory=request.memory,
                progress=progress,
            )
        with clock.stage("studies"), console.progress("studying", "study job") as progress:
            studies = run_studies(
                folder.path,
                settings.comparison,
                settings.study,
                tiers={column.name: column.tier for column in columns},
                families={column.name: column.family for column in columns},
                metres=settings.volume.voxel_size is not None,
                catalog=catalog,
                workers=request.workers,
                device=_model_device(backend),
                seconds_features=feature_seconds(features["volume_digest"]),
                memory=request.memory,
                progress=progress,
            )
        with clock.stage("gallery"), console.progress("gallery", "volume") as progress:
            write_gallery(
                folder.path,
                _paths_by_digest(seen),
                seen.look.phase,
                settings.volume,
                catalog=catalog,
                device=request.device if engine.here else "auto",
                progress=progress,
            )
        with clock.stage("bundle"), console.progress("bundling", "model group") as progress:
            write_bundle(
                folder.path,
                settings,
                seen.look.phase,
                columns,
                catalog=catalog,
                device=_model_device(backend),
                workers=request.workers,
                progress=progress,
            )
        manifest = _manifest(
            request,
            seen,
            rows=rows,
            columns=columns,
            record=record,
            studies=studies,
            digest=digest,
            clock=clock,
            backend=backend,
            checked=checked,
        )
        write_json(folder.manifest, manifest)
        return write_report(folder.path)


def _part_record(request: Request, shard: Shard, record: ComparisonRecord) -> dict[str, Any]:
    """What a finished part says of itself, as strict JSON."""
    places = {
        name: None if (place := getattr(request, name)) is None else str(place.absolute())
        for name in ("data", "images", "labels")
    }
    return {
        "poregrove_version": __version__,
        "shard": str(shard),
        "request": {**places, "settings": request.settings.as_dict()},
        "jobs": [job.as_dict() for job in record.jobs],
    }


def _looks(jobs: Iterable[Job]) -> bool:
    """Whether a planned job looks at voxels."""
    sets = (FEATURE_SET_BY_NAME[name] for name in {job.features for job in jobs})
    return any(item.volumes or item.embedding for item in sets)


def _check_options(catalog: InstalledModels) -> None:
    """Refuse options that a model does not have; one that is not installed is left for its jobs to say."""
    for name in catalog.options:
        with suppress(MissingExtraError):
            catalog.create(name)


def _packed(seen: Study, features: pd.DataFrame, folder: RunFolder, request: Request) -> Volumes:
    """Voxels of the described volumes, in the order of the features table."""
    log.info("voxels")
    with console.progress("packing", "volume") as progress:
        return pack_volumes(
            folder.volumes,
            _paths_by_digest(seen),
            list(features["volume_digest"]),
            seen.look.phase,
            seen.settings.volume,
            workers=request.workers,
            progress=progress,
        )


def _refuse_unreadable(seen: Study) -> None:
    bad = seen.look.frame[seen.look.frame["status"] != "ok"]
    if bad.empty or seen.settings.volume.unreadable == "drop":
        return
    shown = "; ".join(f"{row.filename}: {row.reason}" for row in bad.head(_SHOWN).itertuples())
    more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    raise DataSetError(
        f"{seen.dataset.data}: {len(bad)} of {len(seen.look.frame)} volumes named in the column 'filename' cannot be "
        f"used ({shown}{more}). Mend them, or leave their rows out with --set volume.unreadable=drop."
    )


def _probed() -> tuple[Checked, ...]:
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    return checked


def _features(seen: Study, columns: tuple[ColumnInfo, ...], request: Request, progress: Any) -> pd.DataFrame:
    """One row a distinct volume: digest, status, descriptors."""
    distinct = seen.look.readable.drop_duplicates("volume_digest")["filename"]
    wanted = set(distinct)
    sources = [source for source in sources_of(seen.dataset, seen.look) if source.name in wanted]
    describe = partial(
        extract,
        phase=seen.look.phase,
        settings=seen.settings.volume,
        columns=columns,
        cache=feature_cache(),
        device=request.device,
        workers=request.workers,
        progress=progress,
    )
    if request.shard:
        # its own part first; by then the others' are in the cache, and what is not is described here
        digest_of = dict(zip(seen.look.readable["filename"], seen.look.readable["volume_digest"], strict=True))
        describe([source for source in sources if request.shard.takes(digest_of[source.name])])
    extraction = describe(sources)
    if len(extraction.failures):
        raise DataSetError(f"volumes changed while they were read: {extraction.failures['reason'].iloc[0]}")
    seen_as = seen.look.readable.set_index("filename")["volume_digest"][extraction.frame["filename"]]
    changed = extraction.frame[extraction.frame["volume_digest"].to_numpy() != seen_as.to_numpy()]
    if len(changed):
        raise DataSetError(f"volumes changed while they were read: {', '.join(changed['filename'].head(_SHOWN))}")
    return extraction.frame.drop(columns=["filename", "reason", "pore_value"])


def _paths_by_digest(seen: Study) -> dict[str, tuple[str, Path]]:
    """Name and path of the first file of each distinct volume."""
    distinct = seen.look.readable.drop_duplicates("volume_digest")
    return {
        digest: (name, seen.dataset.resolve(name))
        for digest, name in zip(distinct["volume_digest"], distinct["filename"], strict=True)
    }


def _digest(rows: pd.DataFrame) -> str:
    """SHA-256 of what is compared: keys, digests, scalars and targets, however the files hold them."""
    state = hashlib.sha256("|".join(rows.columns).encode())
    state.update(pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes())
    return state.hexdigest()


def _model_device(backend: str) -> Device:
    return "cuda" if backend == "cuda" else "cpu"


def _manifest(
    request: Request,
    seen: Study,
    *,
    rows: pd.DataFrame,
    columns: tuple[ColumnInfo, ...],
    record: ComparisonRecord,
    studies: tuple[StudyRecord, ...],
    digest: str,
    clock: Clock,
    backend: str,
    checked: tuple[Checked, ...],
) -> dict[str, Any]:
    observations, phase = seen.observations.frame, seen.look.phase
    left_out = count_left_out(observations, seen.look.frame, impossible=seen.settings.comparison.impossible)
    jobs = record.jobs
    used = {item.job.model for item in jobs}
    return build_manifest(
        name=request.out.name,
        created=clock.first_began,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        command=request.command,
        settings=seen.settings.as_dict(),
        data={
            "path_name": request.data.name,
            "digest": digest,
            "n_rows": len(observations),
            "n_volumes": int(rows["volume_digest"].nunique()),
            "n_designs": int(rows["design_digest"].nunique()),
            "n_failed": int(observations["failed"].sum()),
            "n_left_out": left_out.total,
            "left_out": asdict(left_out),
        },
        phase={**asdict(phase), "pore_value": ", ".join(sorted(seen.look.readable["pore_value"].unique()))},
        current_sign=seen.observations.current_sign,
        device=backend,
        targets=describe_targets(observations, list(dict.fromkeys(item.job.target for item in jobs))),
        models=[info for info in registry.available() if info.name in used],
        descriptors=columns,
        record=record,
        studies=[item.as_dict() for item in studies],
        timing=clock.seconds,
        self_check=[item.as_dict() for item in checked] or None,
    )
