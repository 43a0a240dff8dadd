"""A plan put into effect: the request of a comparison with the settings that fit its budget, the same at every attempt."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from ...errors import DataSetError, PoregroveError, RunError
from ..data.paths import image_root, table_files
from ..data.table_file import READING_ERRORS, opened, row_count
from ..execution.durations import in_words
from ..runs.atomic import write_json
from ..runs.folder import RunFolder
from ..settings import settings_of
from ..training.request import Request
from .plan import Plan, make_plan
from .words import lines, sentence

log = logging.getLogger(__name__)

PLANNED_ROWS = 50_000
"""Rows from which on a comparison without a budget is planned too: timing then takes a small share of it."""
_COUNTED_FILES = 100
"""Files whose rows are counted; of more the rest is taken to be alike."""


def planned(request: Request) -> Request:
    """The request with the settings that fit its budget, and with what models were measured to take.

    Without a budget only large data are planned, to say what is coming. A run that is resumed under the same settings
    and budget keeps the plan that it has. Parts of a run share the plan that the first of them makes, beside them all.
    Raises as ``make_plan``, and RunError for a record of a plan that cannot be read.
    """
    if request.plan is not None:  # of parts that are merged
        return request
    if request.budget is None:
        if n_rows_of(request) < PLANNED_ROWS:
            return request
        try:
            plan = make_plan(request)
        except PoregroveError as error:  # the run does without it, and names what is wrong itself
            log.warning("no plan could be made: %s", error)
            return request
        _say(plan)
        return replace(request, costs=plan.costs)
    with ExitStack() as stack:
        place = RunFolder(request.out).plan
        if request.shard is not None:
            place = request.out.with_name(f"{request.out.name}.plan.json")
            place.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(place.with_name(f".{place.name}.lock")))
        if (record := _recorded(place, request)) is not None:
            log.info("budget %s: the plan in %s is kept", in_words(request.budget), place)
            return replace(request, settings=settings_of(record["settings"], where=str(place)), plan=record)
        plan = make_plan(request)
        _say(plan)
        record = _record(plan, request)
        if request.shard is not None:
            write_json(place, record)
    return replace(request, settings=plan.settings, costs=plan.costs, plan=record)


def n_rows_of(request: Request) -> int:
    """Rows of the data set, about: as the first files of it say; 0 where they cannot be read, as the run will say itself."""
    try:
        files = table_files(request.data, image_root(request.data, request.images))
        counted = files[:_COUNTED_FILES]
        total = sum(map(_n_rows, counted))
    except (DataSetError, *READING_ERRORS):
        return 0
    return total * len(files) // max(1, len(counted))


def _n_rows(path: Path) -> int:
    with opened(path) as file:
        return row_count(file)


def _say(plan: Plan) -> None:
    for line in lines(plan):
        log.info("plan: %s", line)


def _record(plan: Plan, request: Request) -> dict[str, Any]:
    """Record of a plan as it lies in a run folder and in the manifest, as plain values."""
    values = {
        **plan.as_dict(),
        "sentence": sentence(plan),
        "asked": request.settings.as_dict(),
        "settings": plan.settings.as_dict(),
    }
    found: dict[str, Any] = json.loads(json.dumps(values))
    return found


def _recorded(place: Path, request: Request) -> Mapping[str, Any] | None:
    """The plan that was made for the same settings and budget; None where there is none."""
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        same = record["budget_seconds"] == request.budget
        asked = json.loads(json.dumps(request.settings.as_dict()))
        return record if same and record["asked"] == asked else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(
            f"{place}: expected the record of a plan, got: {error!r}; remove it to have it made anew"
        ) from error
