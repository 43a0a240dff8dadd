"""The main job: a data set in, a run folder with its report out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__
from ..errors import DataSetError, MissingExtraError
from ..features.cache import feature_seconds
from ..features.declaration import ColumnInfo
from ..features.description import wanted_columns
from ..models import registry
from ..models.base import Device
from ..reports import write_report
from ..schema import FEATURE_SET_BY_NAME, Contract
from .audit import as_json
from .audit.inspection import InspectedDataset, inspect_dataset
from .bundle.write import write_bundle
from .data.contract_file import contract_text
from .execution import console
from .execution.parallel import engine_of
from .execution.shards import Shard
from .extraction.run_volumes import described, packed, paths_by_digest, refuse_unreadable
from .runs.atomic import write_json, write_parquet, write_text
from .runs.clock import Clock
from .runs.folder import RunFolder
from .scoring.score import score_run
from .settings import Settings
from .studies.choice import check_names
from .studies.gallery import write_gallery
from .studies.jobs import StudyRecord
from .studies.run import run_studies
from .tables.groups import find_groups
from .tables.rows import build_rows, count_left_out
from .training.job import InstalledModels, Job, plan_jobs
from .training.manifest import build_manifest, describe_targets
from .training.request import Request
from .training.run import ComparisonRecord, run_comparison
from .training.self_check import ProbeOutcome, check_folds, refuse_leaks, table

__all__ = ["Request", "run"]


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
    contract = request.contract
    catalog = InstalledModels(settings.model, settings.tuning, RunFolder(request.out).tuning)
    looks = _looks(plan_jobs(settings.comparison, catalog.available(), volumes=True, contract=contract))
    check_names(settings.study, catalog.available(), contract)
    _check_options(catalog)
    engine = engine_of(request.workers)
    backend = engine.backend(request.device)
    checked = _probed() if request.self_check else ()
    with clock.stage("reading"), console.progress("looking", "volume") as progress:
        inspected = inspect_dataset(
            request.data,
            settings,
            images=request.images,
            labels=request.labels,
            contract=contract,
            workers=request.workers,
            progress=progress,
        )
    settings, contract = inspected.settings, inspected.contract  # as far as the data decide them: levels, pore value
    refuse_unreadable(inspected)
    folder = RunFolder(request.shard.place(request.out) if request.shard else request.out)
    rows = build_rows(
        inspected.observations.frame,
        inspected.inspection.frame,
        impossible=settings.comparison.impossible,
        contract=contract,
    )
    if rows.empty:
        raise DataSetError(f"{request.data}: no row has a volume that can be read")
    digest = _digest(rows)
    with folder.locked(), folder.journal(request.command):
        folder.begin(_identity(digest, settings, contract), resume=request.resume)
        if not contract.built_in:
            write_text(folder.contract, contract_text(contract))
        clock.keep_in(folder.clock)
        with clock.stage("features"), console.progress("describing", "volume") as progress:
            features = described(inspected, columns, request, progress)
        write_parquet(folder.features, features)
        write_parquet(folder.rows, rows)
        write_json(folder.audit, as_json(inspected.findings(features)))
        volumes = packed(inspected, features, folder, request) if looks else None
        with clock.stage("models"), console.progress("comparing", "job group") as progress:
            record = run_comparison(
                folder.path,
                rows,
                features,
                settings.comparison,
                groups=find_groups(
                    rows,
                    inspected.inspection.readable,
                    observations=inspected.observations.frame,
                    group_columns=settings.comparison.group_columns,
                    ood_column=settings.comparison.ood_column,
                ),
                tiers={column.name: column.tier for column in columns},
                catalog=catalog,
                metres=inspected.inspection.in_metres,
                volumes=volumes,
                workers=request.workers,
                memory=request.memory,
                device=_model_device(backend),
                shard=request.shard,
                finished_elsewhere=request.finished_elsewhere,
                contract=contract,
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
                metres=inspected.inspection.in_metres,
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
                paths_by_digest(inspected),
                inspected.inspection.phase,
                settings.volume,
                catalog=catalog,
                device=request.device if engine.is_local else "auto",
                progress=progress,
            )
        with clock.stage("bundle"), console.progress("bundling", "model group") as progress:
            write_bundle(
                folder.path,
                settings,
                inspected.inspection.phase,
                columns,
                catalog=catalog,
                device=_model_device(backend),
                metres=inspected.inspection.in_metres,
                workers=request.workers,
                progress=progress,
            )
        manifest = _manifest(
            request,
            inspected,
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
        "request": {**places, "settings": request.settings.as_dict(), **_contract_record(request)},
        "jobs": [job.as_dict() for job in record.jobs],
    }


def _contract_record(request: Request) -> dict[str, str]:
    return {} if request.contract.built_in else {"contract": contract_text(request.contract)}


def _identity(digest: str, settings: Settings, contract: Contract) -> dict[str, Any]:
    """What makes two runs the same run."""
    own = {} if contract.built_in else {"contract": contract_text(contract)}
    return {"data": digest, "settings": settings.identity(), **own}


def _looks(jobs: Iterable[Job]) -> bool:
    """Whether a planned job looks at voxels."""
    sets = (FEATURE_SET_BY_NAME[name] for name in {job.features for job in jobs})
    return any(item.volumes or item.embedding for item in sets)


def _check_options(catalog: InstalledModels) -> None:
    """Refuse options that a model does not have; one that is not installed is left for its jobs to say."""
    for name in catalog.options:
        with suppress(MissingExtraError):
            catalog.create(name)


def _probed() -> tuple[ProbeOutcome, ...]:
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    return checked


def _digest(rows: pd.DataFrame) -> str:
    """SHA-256 of what is compared: keys, digests, scalars and targets, however the files hold them."""
    state = hashlib.sha256("|".join(rows.columns).encode())
    state.update(pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes())
    return state.hexdigest()


def _model_device(backend: str) -> Device:
    return "cuda" if backend == "cuda" else "cpu"


def _manifest(
    request: Request,
    inspected: InspectedDataset,
    *,
    rows: pd.DataFrame,
    columns: tuple[ColumnInfo, ...],
    record: ComparisonRecord,
    studies: tuple[StudyRecord, ...],
    digest: str,
    clock: Clock,
    backend: str,
    checked: tuple[ProbeOutcome, ...],
) -> dict[str, Any]:
    observations, phase = inspected.observations.frame, inspected.inspection.phase
    left_out = count_left_out(
        observations, inspected.inspection.frame, impossible=inspected.settings.comparison.impossible
    )
    jobs = record.jobs
    used = {item.job.model for item in jobs}
    return build_manifest(
        name=request.out.name,
        created=clock.first_began,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        command=request.command,
        settings=inspected.settings.as_dict(),
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
        phase={**asdict(phase), "pore_value": ", ".join(sorted(inspected.inspection.readable["pore_value"].unique()))},
        current_sign=inspected.observations.current_sign,
        device=backend,
        targets=describe_targets(
            observations, list(dict.fromkeys(item.job.target for item in jobs)), inspected.contract
        ),
        models=[info for info in registry.available() if info.name in used],
        descriptors=columns,
        record=record,
        studies=[item.as_dict() for item in studies],
        timing=clock.seconds,
        self_check=[item.as_dict() for item in checked] or None,
        contract=inspected.contract,
    )
