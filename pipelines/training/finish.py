"""End of a job: what came of its folds becomes its prediction file and its record."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ...errors import RunError
from ..runs.machine import own_peak_memory_bytes
from .course import mean_course
from .fold_parts import peak_memory_of_part, read_outcome
from .job import Job, JobRecord
from .outcome import NO_VALUE, Outcome
from .predictions import read_record, write_predictions

log = logging.getLogger(__name__)


def recorded(job: Job, run_dir: Path) -> JobRecord | None:
    """The record that a finished job left in its file; None for one that is not finished, or whose file is damaged."""
    path = job.file(run_dir)
    if not path.exists():
        return None
    try:
        record = read_record(path)
    except RunError as error:
        log.warning("%s; the job is run again", error)
        return None
    own = {item.name for item in fields(JobRecord)} - {"job"}
    return JobRecord(job, **{name: value for name, value in record.items() if name in own})


def finish(job: Job, outcome: Outcome, run_dir: Path, *, peak_memory_bytes: int | None = None) -> JobRecord:
    """Write the predictions of a job whose folds have all run, unless it failed or none applied; its record.

    ``peak_memory_bytes``: of the processes that ran the folds; None: they ran in this one.
    """
    if outcome.reason is not None:
        return JobRecord(job, "failed", outcome.reason)
    if not outcome.parts:
        return JobRecord(job, "not applicable", NO_VALUE)
    if not outcome.n_known:
        return JobRecord(job, "not applicable", "training never saw the ids of a test row")
    how: dict[str, Any] = {**outcome.seconds, **outcome.calibration}
    record = JobRecord(
        job,
        "done",
        None,
        **how,
        n_fits=outcome.n_fits,
        n_rows_fit=outcome.n_rows_fit,
        n_rows_predict=outcome.n_known,
        device=", ".join(sorted(outcome.devices)),
        peak_memory_bytes=peak_memory_bytes or own_peak_memory_bytes(),
        note=outcome.note,
        course=mean_course(outcome.courses) or None,
    )
    unclipped = outcome.unclipped()
    if unclipped is not None:
        write_predictions(replace(job, variant="unclipped").file(run_dir), unclipped, record.as_dict())
    write_predictions(job.file(run_dir), outcome.predictions(), record.as_dict())
    log.debug("finished %s", job)
    return record


@dataclass(frozen=True)
class GatherTask:
    """Job whose folds have all run, and the files of what came of each, in the order of the folds."""

    run_dir: Path
    job: Job
    parts: tuple[Path, ...]


def gather(task: GatherTask) -> JobRecord:
    """Finish a job from the files of its folds; RunError where one is missing or damaged."""
    if (record := recorded(task.job, task.run_dir)) is not None:
        return record
    outcome = Outcome.together(read_outcome(path, task.job.target) for path in task.parts)
    peak = max(map(peak_memory_of_part, task.parts), default=0)
    return finish(task.job, outcome, task.run_dir, peak_memory_bytes=peak or None)
