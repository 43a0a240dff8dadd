"""Context that the stages of a run share, as one frozen record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ...features.declaration import ColumnInfo
from ...models.base import Device, Volumes
from ...schema import BUILT_IN, Contract
from ..execution.parallel import Workers
from ..execution.shards import Shard
from ..settings import ComparisonSettings
from .job import Catalog, InstalledModels, Job, JobRecord
from .job_costs import Costs


def _declared() -> tuple[ColumnInfo, ...]:
    from ...features import descriptors

    return descriptors()


@dataclass(frozen=True)
class RunContext:
    """Folder, settings and data of a run.

    ``columns`` are the descriptors of its features table (default: all that are declared); ``tiers``
    by their names, where a caller knows better. ``metres`` says that descriptors are in metres, ``volumes``
    holds voxels in the order of the features table. ``workers`` work side by side; on other machines
    they must see ``run_dir`` under the same path. On this one there are fewer of them where ``memory``
    GiB (None: half of what the machine has) would not hold them, and the cores serve as threads.
    ``shard`` takes its part of the jobs only; ``finished_elsewhere`` are the records of jobs that left no file elsewhere.
    """

    run_dir: Path
    settings: ComparisonSettings
    catalog: Catalog = field(default_factory=InstalledModels)
    columns: tuple[ColumnInfo, ...] = field(default_factory=_declared)
    tiers: Mapping[str, str] | None = None
    metres: bool = False
    volumes: Volumes | None = None
    workers: Workers = 1
    memory: float | None = None
    device: Device = "cpu"
    equal_size: bool = True
    shard: Shard | None = None
    finished_elsewhere: Mapping[Job, JobRecord] = field(default_factory=dict)
    costs: Costs | None = None
    """Expected seconds of a piece of the comparison, the longest of which begin first; None: by a fixed rule."""
    contract: Contract = BUILT_IN
    """Contract of the columns of its tables."""

    @cached_property
    def tier_of(self) -> Mapping[str, str]:
        """The tier of each descriptor column."""
        return {column.name: column.tier for column in self.columns} if self.tiers is None else self.tiers

    @cached_property
    def family_of(self) -> Mapping[str, str]:
        """The family of each descriptor column."""
        return {column.name: column.family for column in self.columns}
