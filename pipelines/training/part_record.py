"""Record of a finished part of a run, from which the parts are merged."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ... import __version__
from ..data.contract_file import contract_text
from ..execution.shards import Shard
from .job import JobRecord
from .request import Request


def part_record(request: Request, shard: Shard, jobs: Iterable[JobRecord]) -> dict[str, Any]:
    """What the part was asked for and what came of its jobs, as strict JSON."""
    places = {
        name: None if (place := getattr(request, name)) is None else str(place.absolute())
        for name in ("data", "images", "labels")
    }
    return {
        "poregrove_version": __version__,
        "shard": str(shard),
        "request": {
            **places,
            "settings": request.settings.as_dict(),
            "entries": _absolute(request.entries),
            "plan": request.plan,
            **({} if request.contract.built_in else {"contract": contract_text(request.contract)}),
        },
        "jobs": [job.as_dict() for job in jobs],
    }


def _absolute(entries: Iterable[str]) -> list[str]:
    """``NAME=FILE`` words with absolute paths, for use in another folder."""
    return [f"{name}={Path(path.strip()).absolute()}" for name, _, path in (text.partition("=") for text in entries)]
