"""Request of a comparison, as one frozen record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...schema import BUILT_IN, Contract
from ..execution.parallel import Workers
from ..execution.shards import Shard
from ..settings import Settings
from .job import Job, JobRecord
from .job_costs import Costs


@dataclass(frozen=True)
class Request:
    """Request of a comparison."""

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
    finished_elsewhere: Mapping[Job, JobRecord] = field(default_factory=dict)
    """Records of the jobs in the parts of a run that is being merged."""
    contract: Contract = BUILT_IN
    """Contract of the inputs and targets."""
    entries: tuple[str, ...] = ()
    """Predictions made elsewhere, as ``NAME=FILE``."""
    verify: bool = False
    """Whether volumes are read and inspected that have not changed since they last were."""
    self_check: bool = False
    """Whether the leak probes run first; where one fails nothing is compared."""
    budget: float | None = None
    """Seconds by the clock that the comparison may take; what does not fit is left out (``planning.budget``)."""
    costs: Costs | None = None
    """Expected seconds of pieces of the comparison, where a plan has measured them."""
    plan: Mapping[str, Any] | None = None
    """Record of the plan that made these settings fit the budget."""
