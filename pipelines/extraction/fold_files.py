"""Folds of a data set as files, of the very rows and folds that a comparison with the same settings has."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataSetError, SettingsError
from ...schema import BUILT_IN, REGIME_BY_NAME, Contract
from ..audit.inspection import inspect_dataset
from ..runs.atomic import write_text
from ..settings import ComparisonSettings, Settings
from ..tables.rows import build_rows
from ..training.folds_digest import folds_digest
from ..training.folds_readme import folds_readme
from ..training.folds_table import FoldsSummary, write_folds
from ..training.request import Request
from .fold_data import fold_data
from .run_volumes import refuse_unreadable

if TYPE_CHECKING:
    import pandas as pd

    from ..execution.base import Progress, Workers

log = logging.getLogger(__name__)


def fold_files(
    data: Path,
    out: Path,
    settings: Settings,
    *,
    images: Path | None = None,
    labels: Path | None = None,
    contract: Contract = BUILT_IN,
    verify: bool = False,
    workers: Workers = None,
    reading: Progress | None = None,
    progress: Progress | None = None,
) -> FoldsSummary:
    """Write ``rows.parquet``, ``folds.parquet`` and ``README.md`` into the folder ``out``.

    ``verify``, ``reading`` and ``progress`` as for ``inspect_dataset``. Raises SettingsError for an unknown target or regime, DataSetError where no row or no regime is left.
    """
    targets = _targets(settings.comparison, contract)
    inspected = inspect_dataset(
        data,
        settings,
        images=images,
        labels=labels,
        contract=contract,
        verify=verify,
        workers=workers,
        reading=reading,
        progress=progress,
    )
    settings, contract = inspected.settings, inspected.contract
    refuse_unreadable(inspected)
    rows = build_rows(
        inspected.observations.frame,
        inspected.inspection.frame,
        non_percolating=settings.comparison.non_percolating,
        contract=contract,
    )
    if rows.empty:
        raise DataSetError(f"{data}: no row has a volume that can be read")
    arrays = fold_data(rows, inspected, Request(data, out, settings, workers=workers))
    pores = sorted(inspected.inspection.readable["pore_value"].unique())
    place, pore = inspected.dataset.images.absolute().as_posix(), _grey_values(pores)
    about = {"folds_digest": folds_digest(arrays, settings.comparison), "images": place, "pore": pore}
    keys = _keys(rows, inspected.inspection.readable, inspected.observations.frame)
    summary = write_folds(out, arrays, keys, settings.comparison, targets, about=about)
    write_text(out / "README.md", folds_readme(summary, place, pore, pores, targets, contract=contract))
    for regime, reason in summary.without.items():
        log.warning("no folds under %s: %s", regime, reason)
    for regime, counts in summary.folds.items():
        log.info("%s: %d trainings on cells, %d on volumes", regime, counts["cell"], counts["volume"])
    log.info("%d rows, folds digest %s: %s", summary.n_rows, summary.digest, out)
    return summary


def _targets(settings: ComparisonSettings, contract: Contract) -> tuple[str, ...]:
    """The targets that were asked for, else all; SettingsError for an unknown name, of a regime too."""
    for what, asked, known in (
        ("target", settings.targets, contract.by_name),
        ("regime", settings.regimes, REGIME_BY_NAME),
    ):
        for name in asked:
            if name not in known:
                raise SettingsError(f"unknown {what} {name!r}; known: {', '.join(known)}")
    return tuple(dict.fromkeys(settings.targets)) or tuple(contract.by_name)


def _grey_values(pores: list[str]) -> list[int] | None:
    """The grey values that are pore; None where they differ from volume to volume or a threshold parts them."""
    if len(pores) != 1 or not all(value.isdigit() for value in pores[0].split(",")):
        return None
    return [int(value) for value in pores[0].split(",")]


def _keys(rows: pd.DataFrame, volumes: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Keys and the file of each row; a distinct volume has the first of its files."""
    first = volumes.drop_duplicates("volume_digest").set_index("volume_digest")["filename"]
    own = rows["row"].map(observations.set_index("row")["filename"])
    names = own.where(rows["design_digest"].notna(), rows["volume_digest"].map(first))
    return rows[["row", "sample_id", "param_id", "volume_digest"]].assign(filename=names.astype(object))
