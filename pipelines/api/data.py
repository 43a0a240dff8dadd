"""Functions that read a data set: open, audit, describe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...features.arguments import Edge, Names, Pore, edge_of, names_of, pore_values
from ..settings import Settings, VolumeSettings
from .given import contract_of, path_of

if TYPE_CHECKING:
    from ...features.phases import Phases
    from ...schema import Contract
    from ..audit.result import AuditResult
    from ..data.dataset import Dataset
    from ..execution.base import Progress, Workers
    from ..extraction.extract import Extraction


def open_dataset(data: str | Path, *, images: str | Path | None = None, labels: str | Path | None = None) -> Dataset:
    """Find the tables and volumes of a data set and check their columns; nothing large is read.

    Parameters
    ----------
    data
        A folder of Parquet files, or one of them.
    images
        Folder of the volumes; None: ``images`` in the data's folder.
    labels
        A CSV or Parquet table that supplies ``tau_factor``, ``D_eff`` and ``porosity``.

    Returns
    -------
    Dataset
        Its files with the spelling of their columns.

    Raises
    ------
    DataSetError
        Naming the file and what it lacks.

    Examples
    --------
    >>> from poregrove.pipelines import open_dataset
    >>> from poregrove.pipelines.simulate.sample import sample_folder
    >>> open_dataset(sample_folder()).images.name
    'images'

    """
    from ..data.dataset import open_dataset as opened

    return opened(Path(data), images=path_of(images), labels=path_of(labels))


def audit(
    data: str | Path,
    *,
    settings: Settings | None = None,
    images: str | Path | None = None,
    labels: str | Path | None = None,
    contract: str | Path | Contract | None = None,
    workers: Workers = None,
    progress: Progress | None = None,
) -> AuditResult:
    """Say what is wrong or weak about a data set, before anything is trained.

    Parameters
    ----------
    data, images, labels
        As for ``open_dataset``.
    settings
        How targets and volumes are read; None: the defaults.
    contract
        A contract of own data, or its TOML file; None: the built-in one.
    workers
        Processes that read volumes; None: one a core. A script that asks for more than one starts its
        work under ``if __name__ == "__main__":``.
    progress
        Called with the volumes done and in all.

    Returns
    -------
    AuditResult
        The findings, errors first; ``text()`` and ``as_json()`` are what the command line writes.

    Raises
    ------
    DataSetError
        Where the data set cannot be read at all.

    Examples
    --------
    >>> from poregrove.pipelines import Settings, VolumeSettings, audit
    >>> from poregrove.pipelines.simulate.sample import sample_folder
    >>> result = audit(sample_folder(), workers=1, settings=Settings(volume=VolumeSettings(overlaps="ignore")))
    >>> sorted({finding.severity for finding in result})
    ['info', 'warning']

    """
    from ..audit.inspection import inspect_dataset
    from ..audit.result import AuditResult

    seen = inspect_dataset(
        Path(data),
        settings or Settings(),
        images=path_of(images),
        labels=path_of(labels),
        contract=contract_of(contract),
        workers=workers,
        progress=progress,
    )
    return AuditResult(seen.findings())


def extract(
    paths: str | Path | Iterable[str | Path],
    *,
    voxel_size: Edge | None = None,
    pore: Pore | None = None,
    phases: Phases | None = None,
    tiers: Names = ("morphology", "transport"),
    columns: Names | None = None,
    settings: VolumeSettings | None = None,
    images: str | Path | None = None,
    device: str = "auto",
    workers: Workers = None,
    progress: Progress | None = None,
) -> Extraction:
    """Describe files, folders of them, or the volumes of data sets, by way of the cache.

    Parameters
    ----------
    paths
        Files, folders, or data sets, whose stated porosity then decides which phase is pore; one or several.
    voxel_size, pore, phases, tiers, columns, device
        As for ``poregrove.features.describe``.
    settings
        How volumes are read; ``voxel_size`` and ``pore`` win over it.
    images
        Folder of a data set's volumes.
    workers, progress
        As for ``audit``.

    Returns
    -------
    Extraction
        ``frame`` has one row a file: its name, digest, status with the reason of a failure, and the columns.
        ``write(path)`` writes it with units.

    Raises
    ------
    DataSetError
        Where there is nothing to describe.
    SettingsError
        For unknown names.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> from poregrove.pipelines import extract
    >>> from poregrove.pipelines.simulate.sample import sample_folder
    >>> found = extract(sample_folder() / "images" / "sample_00000.tif", columns="porosity", device="cpu", workers=1)
    >>> found
    Extraction(volumes 1, failed 0, columns 1)
    >>> list(found.frame["status"])
    ['ok']

    """
    from ...features.phases import checked_phases
    from ..extraction.extract import extract_paths

    read = settings or VolumeSettings()
    if voxel_size is not None:
        read = replace(read, voxel_size=edge_of(voxel_size))
    if (values := pore_values(pore)) is not None:
        read = replace(read, pore=",".join(map(str, values)))
    return extract_paths(
        [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)],
        settings=read,
        phases=None if phases is None else checked_phases(phases),
        tiers=names_of(tiers),
        columns=None if columns is None else names_of(columns),
        images=path_of(images),
        device=device,
        workers=workers,
        progress=progress,
    )
