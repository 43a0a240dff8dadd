"""Entries in a run folder: their predictions among those of the models, and the run's record of them."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import EntryError, RunError
from ...schema import ENTERED_SETS, PREDICTION_PARTITIONS
from ..runs.atomic import write_json
from ..runs.entries import Entry
from ..runs.folder import RunFolder
from ..training.job import Job, JobRecord
from ..training.predictions import write_predictions
from .entries import CheckedEntry, EntryPart
from .losses import prediction_files

log = logging.getLogger(__name__)

EntryRecord = Mapping[str, Any]
"""Record of an entry in a run: plain values, as in ``entries.json`` and in the manifest."""
_SETS = frozenset(item.name for item in ENTERED_SETS)


def entered(run_dir: Path) -> tuple[EntryRecord, ...]:
    """The entries of a run whose predictions are all there; RunError where their record cannot be read."""
    return tuple(record for record in _recorded(run_dir) if all(job.file(run_dir).exists() for job in _jobs(record)))


def _recorded(run_dir: Path) -> list[EntryRecord]:
    path = RunFolder(run_dir).entries
    if not path.exists():
        return []
    try:
        records: list[EntryRecord] = json.loads(path.read_text(encoding="utf-8"))["entries"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path}: expected the record of entries, got: {error}") from error
    return records


def refuse_other_predictions(entries: Iterable[Entry], records: Iterable[EntryRecord], run_dir: Path) -> None:
    """EntryError where a run has an entry of the same name that was made from other files."""
    known = {record["name"].casefold(): record for record in records}
    for entry in entries:
        there = known.get(entry.name.casefold())
        if there is not None and _sha256(there) != entry.sha256:
            raise EntryError(
                f"entry {entry.name!r}: {run_dir} has other predictions of that name; to replace them: "
                "poregrove enter --replace"
            )


def place(entries: Sequence[CheckedEntry], run_dir: Path) -> None:
    """Write the predictions of entries into a run, each in the place of one of the same name.

    The record is written first, so that what belongs to an entry is known where this is stopped half-way; predictions
    of an entry that was stopped so, and is not among these, are removed.
    """
    names = {item.entry.name.casefold() for item in entries}
    kept = [record for record in entered(run_dir) if record["name"].casefold() not in names]
    jobs = {item.entry.name: _job_records(item) for item in entries}
    records = [_record(item, [job.as_dict() for job in jobs[item.entry.name]]) for item in entries]
    if records or len(kept) < len(_recorded(run_dir)):
        write_json(RunFolder(run_dir).entries, {"entries": [*kept, *records]})
    known = {job for record in kept for job in _jobs(record)}
    for job in prediction_files(run_dir):
        if job.features in _SETS and job not in known:
            _remove(job.file(run_dir))
    for item in entries:
        for part, record in zip(item.parts, jobs[item.entry.name], strict=True):
            write_predictions(part.job.file(run_dir), part.predictions, record.as_dict())
        log.info("entry %s: %d predictions", item.entry.name, sum(len(part.predictions["row"]) for part in item.parts))
        for remark in item.remarks:
            log.warning("entry %s: %s", item.entry.name, remark)


def _remove(file: Path) -> None:
    """Remove a prediction file with the folders that held nothing else."""
    regime, features, model = file.parents[:3]
    shutil.rmtree(regime)
    for folder in (features, model):
        if not any(folder.iterdir()):
            folder.rmdir()


def _jobs(record: EntryRecord) -> list[Job]:
    return [Job(*(job[name] for name in PREDICTION_PARTITIONS)) for job in record["jobs"]]


def with_entries(manifest: Mapping[str, Any], records: Sequence[EntryRecord]) -> dict[str, Any]:
    """The manifest with these entries as models with jobs among the others, and none that it had before."""
    models = [model for model in manifest["models"] if not model.get("entered")]
    jobs = [job for job in manifest["jobs"] if job["features"] not in _SETS]
    sets = [item for item in manifest["feature_sets"] if item["name"] not in _SETS]
    used = {job["features"] for record in records for job in record["jobs"]}
    return {
        **manifest,
        "models": [*models, *(_model(record) for record in records)],
        "jobs": [*jobs, *(job for record in records for job in record["jobs"])],
        "feature_sets": [
            *sets,
            *({"name": item.name, "columns": [], "n_columns": None} for item in ENTERED_SETS if item.name in used),
        ],
        "entries": [{key: value for key, value in record.items() if key != "jobs"} for record in records],
    }


def _model(record: EntryRecord) -> dict[str, Any]:
    notes = [] if record["parameters"] is None else [f"{record['parameters']:,} parameters".replace(",", " ")]
    return {
        "name": record["name"],
        "label": record["label"],
        "kind": record["kind"],
        "meaning": "entered: predictions made elsewhere on the folds of this comparison",
        "reference": record["reference"] or "",
        "device": record["device"] or "",
        "notes": notes,
        "entered": True,
    }


def _record(item: CheckedEntry, jobs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    entry, metadata = item.entry, asdict(item.entry.metadata)
    del metadata["folds_digest"]
    return {
        "name": entry.name,
        **metadata,
        "label": entry.metadata.label or entry.name,
        "entered": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": [
            {
                "name": file.path.name,
                "features": file.features,
                "sha256": file.sha256,
                "folds_digest": file.folds_digest,
            }
            for file in entry.files
        ],
        "parts": [_part(part) for part in item.parts],
        "remarks": list(item.remarks),
        "jobs": list(jobs),
    }


def _part(part: EntryPart) -> dict[str, Any]:
    fold_ids = part.fold_ids
    return {
        "target": part.job.target,
        "regime": part.job.regime,
        "features": part.job.features,
        "repeats": sorted({repeat for repeat, _ in fold_ids}),
        "folds": len(fold_ids),
        "folds_of_run": part.n_folds,
        "rows": len(np.unique(part.predictions["row"])),
        "clipped": part.n_clipped,
        "suspicion": part.suspicion,
        "mirrored": part.mirrored,
    }


def _job_records(item: CheckedEntry) -> list[JobRecord]:
    """One record a part; seconds that an entry states are divided by the predictions of its first file."""
    own = [part for part in item.parts if part.job.features == item.parts[0].job.features and not part.mirrored]
    total = sum(len(part.predictions["row"]) for part in own)
    metadata = item.entry.metadata

    def share(seconds: float | None, part: EntryPart) -> float | None:
        return None if seconds is None or part not in own else seconds * len(part.predictions["row"]) / total

    return [
        JobRecord(
            part.job,
            "done",
            seconds_fit=share(metadata.seconds_fit, part),
            seconds_predict=share(metadata.seconds_predict, part),
            n_rows_predict=len(part.predictions["row"]),
            device=metadata.device,
            interval_method="model" if np.isfinite(part.predictions["y_lo"]).any() else None,
        )
        for part in item.parts
    ]


def _sha256(record: EntryRecord) -> tuple[str, ...]:
    return tuple(file["sha256"] for file in record["files"])
