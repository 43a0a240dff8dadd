"""Inspection of a data set: its rows read, its volumes inspected, its audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from ...features import Volume
from ...features.processes import cores
from ...schema import BUILT_IN, Contract, Finding
from ..data.bits import BitStore, read_volume
from ..data.contract_rows import OwnDataset, read_own_data, volume_settings
from ..data.dataset import BLOCK_ROWS, Dataset, open_dataset
from ..data.observations import Observations, observe
from ..data.phase import open_volume
from ..data.volumes import VolumeInspection, inspect_volumes
from ..data.voxel_sizes import columns_of
from ..execution.parallel import Progress, Workers, engine_of
from ..settings import ComparisonSettings, Settings
from . import Evidence, audit


@dataclass(frozen=True, eq=False)
class InspectedDataset:
    """A data set with its rows reduced to targets and its volumes seen."""

    dataset: Dataset
    observations: Observations
    inspection: VolumeInspection
    settings: Settings
    contract: Contract = BUILT_IN
    table: pd.DataFrame | None = None
    """All columns as they are stored, where the contract is not the built-in one."""

    def findings(self, features: pd.DataFrame | None = None, bits: BitStore | None = None) -> tuple[Finding, ...]:
        """The audit; with ``features`` (one row a distinct volume) it also looks at descriptors.

        Volumes that a check looks at come from ``bits`` where they are kept there, else from their files.
        """
        evidence = Evidence(
            rows=self.observations.frame,
            volumes=self.inspection.frame,
            settings=self.settings.target,
            current_sign=self.observations.current_sign,
            features=features,
            contract=self.contract,
            table=self.table,
            open_volume=partial(self.open, bits=bits),
        )
        return audit(evidence)

    def open(self, filename: str, *, bits: BitStore | None = None) -> Volume:
        """A volume of the data set, read as in the inspection, or from ``bits`` where it is kept. Raises VolumeError."""
        if bits is not None:
            digests = self.inspection.readable.set_index("filename")["volume_digest"]
            kept = bits.kept(digests[filename])
            if kept is not None:
                return read_volume(kept)
        return open_volume(self.dataset.resolve(filename), self.inspection.phase, self.settings.volume)


def inspect_dataset(
    data: Path,
    settings: Settings,
    *,
    images: Path | None = None,
    labels: Path | None = None,
    contract: Contract = BUILT_IN,
    bits: BitStore | None = None,
    verify: bool = False,
    workers: Workers = None,
    reading: Progress | None = None,
    progress: Progress | None = None,
) -> InspectedDataset:
    """Read the rows and inspect the volumes of a data set.

    Raises DataSetError naming the file and what it lacks. Missing and unreadable volumes are no
    error here: the inspection names them. ``bits`` keeps the volumes that are read for later readers;
    ``verify`` reads rows and volumes too that have not changed since; ``reading`` is told of rows, ``progress`` of volumes.
    """
    inspect = partial(inspect_volumes, bits=bits, verify=verify, workers=workers, progress=progress)
    if not contract.built_in:
        wanted = settings.comparison
        own = read_own_data(data, contract, images=images, labels=labels, group_columns=wanted.group_columns)
        return _seen(own, settings, inspect)
    dataset = open_dataset(data, images=images, labels=labels)
    kept = (*_kept_columns(dataset, settings.comparison), *columns_of(settings.volume.voxel_size_from))
    engine = engine_of(workers)
    threads = engine.n_workers(dataset.n_rows // BLOCK_ROWS) if engine.is_local else cores()
    observations = observe(
        dataset, settings.target, group_columns=kept, verify=verify, threads=threads, progress=reading
    )
    return InspectedDataset(dataset, observations, inspect(dataset, observations.frame, settings.volume), settings)


def _kept_columns(dataset: Dataset, settings: ComparisonSettings) -> tuple[str, ...]:
    """The group columns, and the one that names generators where it is asked for and there."""
    wanted = "ood-generator" in settings.regimes and dataset.has_column(settings.ood_column)
    return (*settings.group_columns, settings.ood_column) if wanted else settings.group_columns


def _seen(own: OwnDataset, settings: Settings, inspect: Callable[..., VolumeInspection]) -> InspectedDataset:
    """Inspection of a data set that was read under a contract of its own."""
    wanted = settings.comparison
    frame = own.observations.frame
    if wanted.ood_column in own.table and wanted.ood_column not in frame:
        frame = frame.assign(**{wanted.ood_column: own.table[wanted.ood_column]})
    observations = replace(own.observations, frame=frame)
    comparison = replace(settings.comparison, non_percolating=own.contract.data.non_percolating)
    settings = replace(settings, volume=volume_settings(settings.volume, own.contract), comparison=comparison)
    inspection = inspect(own.dataset, frame, settings.volume)
    return InspectedDataset(own.dataset, observations, inspection, settings, own.contract, own.table)
