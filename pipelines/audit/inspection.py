"""Inspection of a data set: its rows read, its volumes inspected, its audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...schema import Finding
from ..data.bits import BitStore
from ..data.dataset import Dataset, open_dataset
from ..data.observations import Observations, observe
from ..data.volumes import VolumeInspection, inspect_volumes
from ..data.voxel_sizes import column_of
from ..execution.parallel import Progress, Workers
from ..settings import ComparisonSettings, Settings
from . import Evidence, audit


@dataclass(frozen=True, eq=False)
class InspectedDataset:
    """A data set with its rows reduced to targets and its volumes seen."""

    dataset: Dataset
    observations: Observations
    inspection: VolumeInspection
    settings: Settings

    def findings(self, features: pd.DataFrame | None = None) -> tuple[Finding, ...]:
        """The audit; with ``features`` (one row a distinct volume) it also looks at descriptors."""
        evidence = Evidence(
            rows=self.observations.frame,
            volumes=self.inspection.frame,
            settings=self.settings.target,
            current_sign=self.observations.current_sign,
            features=features,
        )
        return audit(evidence)


def inspect_dataset(
    data: Path,
    settings: Settings,
    *,
    images: Path | None = None,
    labels: Path | None = None,
    bits: BitStore | None = None,
    workers: Workers = None,
    progress: Progress | None = None,
) -> InspectedDataset:
    """Read the rows and inspect the volumes of a data set.

    Raises DataSetError naming the file and what it lacks. Missing and unreadable volumes are no
    error here: the inspection names them. ``bits`` keeps the volumes for later readers.
    """
    dataset = open_dataset(data, images=images, labels=labels)
    column = column_of(settings.volume.voxel_size_from)
    kept = (*_kept_columns(dataset, settings.comparison), *(() if column is None else (column,)))
    observations = observe(dataset, settings.target, group_columns=kept)
    inspection = inspect_volumes(
        dataset, observations.frame, settings.volume, bits=bits, workers=workers, progress=progress
    )
    return InspectedDataset(dataset, observations, inspection, settings)


def _kept_columns(dataset: Dataset, settings: ComparisonSettings) -> tuple[str, ...]:
    """The group columns, and the one that names generators where it is asked for and there."""
    wanted = "ood-generator" in settings.regimes and dataset.has_column(settings.ood_column)
    return (*settings.group_columns, settings.ood_column) if wanted else settings.group_columns
