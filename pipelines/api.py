"""The functions of ``poregrove.pipelines``: each loads what it needs when it is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..features.arguments import Edge, Names, Pore, edge_of, names_of, pore_values
from .settings import Settings, VolumeSettings

if TYPE_CHECKING:
    import pandas as pd

    from ..features.phases import Phases
    from ..schema import Contract
    from .audit.result import AuditResult
    from .bundle.bundle import Bundle
    from .data.dataset import Dataset
    from .execution.base import Progress, Workers
    from .extraction.extract import Extraction
    from .runs.finished import Run


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
    from .data.dataset import open_dataset as opened

    return opened(Path(data), images=_path(images), labels=_path(labels))


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
    from .audit.inspection import inspect_dataset
    from .audit.result import AuditResult

    seen = inspect_dataset(
        Path(data),
        settings or Settings(),
        images=_path(images),
        labels=_path(labels),
        contract=_contract(contract),
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
    from ..features.phases import checked_phases
    from .extraction.extract import extract_paths

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
        images=_path(images),
        device=device,
        workers=workers,
        progress=progress,
    )


def compare(
    data: str | Path,
    out: str | Path,
    *,
    settings: Settings | None = None,
    images: str | Path | None = None,
    labels: str | Path | None = None,
    contract: str | Path | Contract | None = None,
    device: str = "auto",
    workers: Workers = None,
    memory: float | None = None,
    resume: bool = True,
    self_check: bool = False,
) -> Run:
    """Audit a data set, describe its volumes, compare models on identical folds, and write the report.

    Parameters
    ----------
    data, images, labels
        As for ``open_dataset``.
    out
        The run's folder; the same call resumes a run that was stopped.
    settings
        Models, targets, folds and all else that can be set; None: the defaults.
    contract
        As for ``audit``.
    device
        ``cpu``, ``cuda``, or ``auto``: a CUDA device where one answers.
    workers
        As for ``audit``.
    memory
        GiB that all processes may take; None: half of the machine.
    resume
        Whether to go on with a run that is there; otherwise it is an error.
    self_check
        Whether leak probes try the folds first.

    Returns
    -------
    Run
        The folder with its ``report``, ``manifest`` and tables.

    Raises
    ------
    SettingsError
        For unknown names.
    DataSetError
        For data that cannot be used.
    DeviceError
        Where the device does not answer.
    RunError
        Where the folder belongs to another run, or the leak probes find a leak.

    Examples
    --------
    >>> from poregrove.pipelines import ComparisonSettings, Settings, compare
    >>> settings = Settings(comparison=ComparisonSettings(models=("mean", "ridge"), targets=("tau_factor",)))
    >>> compare("data", "runs/mine", settings=settings)  # doctest: +SKIP
    Run(runs/mine: rows 576, volumes 48, targets 1, models 2; report runs/mine/report.html)

    """
    from .compare import Request, run
    from .runs.finished import Run

    run(
        Request(
            data=Path(data),
            out=Path(out),
            settings=settings or Settings(),
            images=_path(images),
            labels=_path(labels),
            contract=_contract(contract),
            device=device,
            workers=workers,
            memory=memory,
            resume=resume,
            self_check=self_check,
        )
    )
    return Run(Path(out))


def init_contract(
    data: str | Path,
    out: str | Path,
    *,
    targets: Iterable[str] = (),
    images: str | Path | None = None,
    labels: str | Path | None = None,
) -> tuple[str, ...]:
    """Write a first contract of own data: which columns are inputs and targets, each with the reason as a comment.

    Parameters
    ----------
    data, images, labels
        As for ``open_dataset``; tables may be CSV or Parquet.
    out
        The TOML file to write.
    targets
        Columns to predict, ``*`` and ``?`` allowed; none: those that begin as results do, as in ``res_life``.

    Returns
    -------
    tuple of str
        Keys that must be edited before the contract can be used, because nothing decides them.

    Raises
    ------
    DataSetError
        Where there is no table that can be read.
    SettingsError
        Where ``out`` is there already, or a target is no column.

    Examples
    --------
    >>> from poregrove.pipelines import init_contract
    >>> init_contract("mydata", "contract.toml", targets=["strength"])  # doctest: +SKIP
    ()

    """
    from ..errors import SettingsError
    from .data.contract_guess import guess_contract
    from .runs.atomic import write_text

    if Path(out).exists():
        raise SettingsError(f"{out}: is there already, and may have been edited; choose another file")
    made = guess_contract(Path(data), targets=tuple(targets), images=_path(images), labels=_path(labels))
    write_text(Path(out), made.text())
    return made.to_edit


def read_contract(path: str | Path) -> Contract:
    """Inputs, targets and columns of own data from a TOML file.

    Parameters
    ----------
    path
        The file, as ``init_contract`` writes it.

    Returns
    -------
    Contract
        What ``audit`` and ``compare`` take.

    Raises
    ------
    SettingsError
        Naming the key that is unknown, missing or out of range, or the line that must be edited.

    Examples
    --------
    >>> from poregrove.pipelines import read_contract
    >>> read_contract("contract.toml").targets[0].unit  # doctest: +SKIP
    'MPa'

    """
    from .data.contract_file import read_contract as read

    return read(Path(path))


def _contract(given: str | Path | Contract | None) -> Contract:
    """A contract as it was given, read from its file, or the built-in one."""
    from ..schema import BUILT_IN

    if given is None:
        return BUILT_IN
    return read_contract(given) if isinstance(given, str | Path) else given


def predict(
    bundle: str | Path,
    data: str | Path,
    *,
    designs: str | Path | None = None,
    out: str | Path | None = None,
    images: str | Path | None = None,
    pore: Pore | None = None,
    model: str = "best",
    level: float = 0.9,
    device: str = "auto",
    workers: Workers = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Predict a data set, or volumes with a table of designs, by the models of a run.

    Parameters
    ----------
    bundle
        A bundle's folder, or the run that holds it.
    data
        A data set, whose targets are not needed, a TIFF file or a folder of them.
    designs
        A CSV or Parquet table of the 15 scalars: every volume is predicted with every design.
    out
        A Parquet file to write.
    images
        Folder of a data set's volumes.
    pore
        Grey values that are pore, where files do not follow the convention of training.
    model
        ``best``, or the name of one that the bundle holds.
    level
        Of the intervals: .5, .8, .9 or .95.
    device, workers, progress
        As for ``compare``.

    Returns
    -------
    DataFrame
        A row a row of the data set, or a volume and design: each target with its interval, and the reason
        where there is none.

    Raises
    ------
    ModelError
        For a bundle that cannot be used.
    DataSetError, SettingsError
        For what is asked of it.

    Examples
    --------
    >>> from poregrove.pipelines import predict
    >>> predict("runs/mine", "volumes/", designs="designs.csv")  # doctest: +SKIP

    """
    from .bundle.predict_files import predict_data_set

    values = pore_values(pore)
    return predict_data_set(
        Path(bundle),
        Path(data),
        _path(out),
        designs=_path(designs),
        images=_path(images),
        pore=None if values is None else ",".join(map(str, values)),
        model=model,
        level=level,
        device=device,
        workers=workers,
        progress=progress,
    )


def load_bundle(path: str | Path) -> Bundle:
    """Read the models of a run, all of them checked.

    Parameters
    ----------
    path
        A bundle's folder, or the run that holds it.

    Returns
    -------
    Bundle
        ``predict(volumes, designs)`` answers with a DataFrame.

    Raises
    ------
    ModelError
        Naming the file that is missing or changed, or what else this version cannot read.

    Examples
    --------
    >>> from poregrove.pipelines import load_bundle
    >>> load_bundle("runs/mine").predict("electrode.tif", design)  # doctest: +SKIP

    """
    from .bundle.bundle import load_bundle as loaded

    return loaded(path)


def citation(columns: Names | None = None, models: Names | None = None) -> str:
    """Cite this project and the methods that were used, as BibTeX.

    Parameters
    ----------
    columns
        Descriptor columns, families or patterns, as for ``describe``; None: none.
    models
        Names of models; None: none.

    Returns
    -------
    str
        One entry for each source, the project's own first.

    Raises
    ------
    SettingsError
        For an unknown name.

    Examples
    --------
    >>> import poregrove
    >>> print(poregrove.citation(columns="chord_length_*", models="mean"))  # doctest: +ELLIPSIS
    @software{poregrove,
      title = {poregrove: honest baselines for 3D battery electrodes},
      version = {...},
    }
    <BLANKLINE>
    @book{torquato2002,
      author = {Torquato, Salvatore},
      title = {Random Heterogeneous Materials: Microstructure and Macroscopic Properties},
      publisher = {Springer},
      year = {2002},
      doi = {10.1007/978-1-4757-6355-3},
    }

    """
    from ..errors import SettingsError, did_you_mean
    from ..features.description import wanted_columns
    from ..models.registry import available
    from ..schema.citations import bibtex

    references = [column.reference for column in wanted_columns((), () if columns is None else columns)]
    known = {info.name: info for info in available()}
    for name in () if models is None else names_of(models):
        if name not in known:
            raise SettingsError(f"unknown model {name!r}{did_you_mean(name, known)}")
        references.append(known[name].reference)
    return bibtex(references)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
