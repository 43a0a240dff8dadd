"""Timed fits of one model on the rows of a run, from which the study of costs takes how its fits grow."""

from __future__ import annotations

import numpy as np

from ..tables.feature_sets import feature_rows
from ..tables.run_tables import load_data
from ..training.fit import FitProcedure, known
from ..training.growth import short, timed_fits
from .jobs import Part, StudyTask

FIRST_SHARE = 4
"""The smallest timed fit takes this fraction of the rows."""


def time_fits(task: StudyTask) -> Part:
    """Timed fits of one model on rows of the set drawn anew, until its share of processor time is spent."""
    job = task.job
    data = load_data(task.run_dir)
    table = data.table(job.target)
    rows = feature_rows(job.features, table, data, task.feature_sources)
    procedure = FitProcedure(
        short(task.catalog.create(job.model)), table, None, task.comparison, task.device, task.threads
    )
    at = np.flatnonzero(known(table, job.target))
    timed, note = timed_fits(
        procedure,
        rows,
        at,
        job.target,
        first=len(at) // FIRST_SHARE,
        seconds=task.settings.timing_seconds,
        seed=task.comparison.seed,
    )
    about = {"model": job.model, "features": job.features, "target": job.target}
    return Part({}, note=note, others={"growth": [{**about, "rows": n, "seconds": s} for n, s in timed]})
