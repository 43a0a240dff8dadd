"""Parts of a run, or of a table of descriptors, put together as if one machine had made them."""

from __future__ import annotations

import json
import logging
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ... import __version__
from ...errors import RunError
from ...files import check_checksums, record_checksum
from ...schema import BUILT_IN, SCREENING
from ..compare import Request, run
from ..data.contract_file import contract_of
from ..execution.parallel import Workers
from ..execution.shards import Shard, parts_of
from ..extraction.extract import POSITIONS
from ..runs.atomic import replacing, write_table
from ..runs.folder import RunFolder
from ..settings import settings_of
from ..training.job import Job, JobRecord

log = logging.getLogger(__name__)


def merge_runs(
    out: Path,
    *,
    workers: Workers = None,
    device: str = "auto",
    memory: float | None = None,
    command: Sequence[str] = (),
) -> Path:
    """Gather the jobs of all parts into ``out``, then score, bundle and report; the report's path.

    Raises RunError naming parts that are missing, unfinished or of another run, jobs that no
    part has, and prediction files that are not what their part wrote. What a part could not run, or found not to apply, is kept as it said.
    """
    parts = {shard: _read(path) for shard, path in parts_of(out).items()}
    folder = RunFolder(out)
    finished_elsewhere: dict[Job, JobRecord] = {}
    with folder.locked(), folder.journal(command):
        for shard, (part, record) in parts.items():
            folder.begin(_identity(part))
            finished_elsewhere |= _gather(shard, part, record["jobs"], folder)
    requests = [record["request"] for _, record in parts.values()]
    log.info("merged %d parts with %d jobs: %s", len(parts), len(finished_elsewhere), out)
    return run(
        replace(
            _request(requests[0], out),
            workers=workers,
            device=device,
            memory=memory,
            command=tuple(command),
            finished_elsewhere=finished_elsewhere,
        )
    )


def merge_extractions(out: Path) -> int:
    """Write the table whose parts lie beside ``out``, rows in the order of one machine; returns their number.

    Raises RunError naming parts that are missing, damaged or of another table.
    """
    tables = {path: _table(path) for path in parts_of(out).values()}
    (first, one), *others = tables.items()
    for path, table in others:
        if not table.schema.equals(one.schema, check_metadata=False) or _versions(table) != _versions(one):
            raise RunError(f"{path}: expected the columns of {first}, in the same versions")
    positions = [position for path, table in tables.items() for position in _positions(path, table)]
    if sorted(positions) != list(range(len(positions))):
        raise RunError(f"{out}: its parts do not make up one table; they were made of different files")
    order = pa.array(sorted(range(len(positions)), key=positions.__getitem__), pa.int64())
    whole = pa.concat_tables(tables.values()).take(order)
    metadata = {key: value for key, value in (one.schema.metadata or {}).items() if key != POSITIONS}
    write_table(out, whole.replace_schema_metadata(metadata))
    return len(positions)


def _read(path: Path) -> tuple[RunFolder, Mapping[str, Any]]:
    part = RunFolder(path)
    try:
        record = json.loads(part.part.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{path}: this part is not finished; the command that began it goes on with it") from error
    except (OSError, ValueError) as error:
        raise RunError(f"{part.part}: expected the record of a part, got: {error}") from error
    if record["poregrove_version"] != __version__:
        raise RunError(f"{path}: was made by poregrove {record['poregrove_version']}, this is {__version__}")
    return part, record


def _identity(part: RunFolder) -> Mapping[str, Any]:
    try:
        identity: Mapping[str, Any] = json.loads(part.identity.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{part.identity}: expected the identity of a run, got: {error}") from error
    return identity


def _request(record: Mapping[str, Any], out: Path) -> Request:
    data, images, labels = (record[name] and Path(record[name]) for name in ("data", "images", "labels"))
    text = record.get("contract")
    contract = BUILT_IN if text is None else contract_of(tomllib.loads(text), where=str(out))
    settings = settings_of(record["settings"], where=str(out))
    entries = tuple(record.get("entries", ()))
    return Request(
        data, out, settings, images=images, labels=labels, contract=contract, entries=entries, plan=record.get("plan")
    )


def _gather(shard: Shard, part: RunFolder, jobs: Sequence[Mapping[str, Any]], into: RunFolder) -> dict[Job, JobRecord]:
    """Copy the predictions of a part; the record of each of its jobs."""
    names = [item.name for item in fields(Job)]
    own = {item.name for item in fields(JobRecord)} - {"job"}
    records = {}
    for values in jobs:
        job = Job(**{name: values[name] for name in names})
        records[job] = JobRecord(job, **{name: values[name] for name in own & values.keys()})
        if records[job].status != "done" or job.file(into.path).exists():
            continue
        if not job.file(part.path).exists():
            raise RunError(f"part {shard}: {job.file(part.path)} is missing; run the part again with --shard {shard}")
        unclipped = replace(job, variant="unclipped")
        for item in (unclipped, job) if unclipped.file(part.path).exists() else (job,):
            _copy(item, part, into)
    screened = f"{SCREENING.name}.parquet"  # every part has screened all candidates, to the same end
    if (part.path / screened).exists() and not (into.path / screened).exists():
        with replacing(into.path / screened) as temporary:
            shutil.copyfile(part.path / screened, temporary)
    log.info("part %s: %d jobs from %s", shard, len(records), part.path)
    return records


def _copy(job: Job, part: RunFolder, into: RunFolder) -> None:
    """Copy a prediction file that is what its part wrote."""
    source, target = job.file(part.path), job.file(into.path)
    check_checksums(part.path, [source])
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
    record_checksum(into.path, target)


def _table(path: Path) -> pa.Table:
    try:
        return pq.ParquetFile(path).read()
    except (OSError, pa.ArrowInvalid) as error:
        raise RunError(f"{path}: expected a part of a table, got: {error}") from error


def _positions(path: Path, table: pa.Table) -> list[int]:
    try:
        positions: list[int] = json.loads((table.schema.metadata or {})[POSITIONS])
    except (KeyError, ValueError) as error:
        raise RunError(
            f"{path}: expected a part that extract --shard wrote, it does not say which rows it holds"
        ) from error
    return positions


def _versions(table: pa.Table) -> list[Any]:
    return [field.metadata for field in table.schema]
