"""Functions of a comparison: run it, write its folds, enter what was predicted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from ..settings import Settings
from .given import contract_of, path_of

if TYPE_CHECKING:
    from ...schema import Contract
    from ..execution.base import Progress, Workers
    from ..planning.plan import Plan
    from ..runs.finished import Run
    from ..training.folds_table import FoldsSummary


@overload
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
    budget: str | float | None = None,
    plan: Literal[False] = False,
) -> Run: ...


@overload
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
    budget: str | float | None = None,
    plan: Literal[True],
) -> Plan: ...


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
    budget: str | float | None = None,
    plan: bool = False,
) -> Run | Plan:
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
    budget
        Time that it may take, as ``"8h"`` or in seconds: what does not fit is left out, what matters least first; None: no bound.
    plan
        Whether to say only what it will take; nothing is written then.

    Returns
    -------
    Run or Plan
        The folder with its ``report``, ``manifest`` and tables; with ``plan`` the plan, whose ``str`` is a table.

    Raises
    ------
    SettingsError
        For unknown names, and for a budget that nothing fits.
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
    from ..compare import Request, run
    from ..execution.durations import seconds_of
    from ..planning.plan import make_plan
    from ..runs.finished import Run

    request = Request(
        data=Path(data),
        out=Path(out),
        settings=settings or Settings(),
        images=path_of(images),
        labels=path_of(labels),
        contract=contract_of(contract),
        device=device,
        workers=workers,
        memory=memory,
        resume=resume,
        self_check=self_check,
        budget=seconds_of(budget, "budget") if isinstance(budget, str) else budget,
    )
    if plan:
        return make_plan(request)
    run(request)
    return Run(Path(out))


def folds(
    data: str | Path,
    out: str | Path,
    *,
    settings: Settings | None = None,
    images: str | Path | None = None,
    labels: str | Path | None = None,
    contract: str | Path | Contract | None = None,
    workers: Workers = None,
    progress: Progress | None = None,
) -> FoldsSummary:
    """Write the folds of a comparison as files, to train a network of your own on.

    Parameters
    ----------
    data, images, labels
        As for ``open_dataset``.
    out
        Folder of ``rows.parquet``, ``folds.parquet`` and a ``README.md`` with the format.
    settings
        Those of the comparison that will be entered: regimes, repeats, folds, seed and targets count.
    contract, workers, progress
        As for ``audit``.

    Returns
    -------
    FoldsSummary
        Its ``digest``, the rows, and how many trainings each regime has.

    Raises
    ------
    SettingsError
        For an unknown target or regime.
    DataSetError
        For data that cannot be used, or where no regime has folds.

    Examples
    --------
    >>> from poregrove.pipelines import ComparisonSettings, Settings, folds
    >>> settings = Settings(comparison=ComparisonSettings(regimes=("new-both",), repeats=1))
    >>> folds("data", "folds", settings=settings).folds["new-both"]["cell"]  # doctest: +SKIP
    9

    """
    from ..extraction.fold_files import fold_files

    return fold_files(
        Path(data),
        Path(out),
        settings or Settings(),
        images=path_of(images),
        labels=path_of(labels),
        contract=contract_of(contract),
        workers=workers,
        progress=progress,
    )


def enter(
    run: str | Path,
    entries: Mapping[str, str | Path],
    *,
    replace: bool = False,
    workers: Workers = None,
    memory: float | None = None,
) -> Run:
    """Add predictions made elsewhere to a finished run, without fitting anything, and write its report anew.

    Parameters
    ----------
    run
        The run's folder.
    entries
        File or folder of predictions by name; ``NAME:without-image`` beside it for the same model without the image.
    replace
        Whether entries of these names that are there already are replaced.
    workers, memory
        As for ``compare``.

    Returns
    -------
    Run
        The folder, as ``compare`` returns it.

    Raises
    ------
    EntryError
        Where a file does not fit the folds of the run, or its name is taken; the run is unchanged then.
    RunError
        Where the folder holds no finished run.

    Examples
    --------
    >>> from poregrove.pipelines import enter
    >>> enter("runs/mine", {"My net": "predictions.parquet"})  # doctest: +SKIP
    Run(runs/mine: rows 576, volumes 48, targets 10, models 14; report runs/mine/report.html)

    """
    from ..runs.finished import Run
    from ..scoring.entering import enter as entered

    named = [f"{name}={path}" for name, path in entries.items()]
    entered(Path(run), named, replace=replace, workers=workers, memory=memory)
    return Run(Path(run))
