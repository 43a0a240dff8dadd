"""``poregrove folds``: write the folds of a comparison, to train a network of your own on."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataSetError, SettingsError
from ...schema import REGIME_BY_NAME, Contract
from ..execution import console
from ..settings import ComparisonSettings
from .options import (
    DONE,
    Subparsers,
    add_contract_option,
    add_data_options,
    add_fold_options,
    add_setting_options,
    add_verb,
    add_verify_option,
    add_volume_options,
    add_workers_option,
    contract_of,
    settings_of,
)

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "folds", run, "write the folds of a comparison, to train a network of your own on")
    add_data_options(command)
    add_contract_option(command)
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of rows.parquet and folds.parquet"
    )
    add_fold_options(command)
    add_volume_options(command)
    add_verify_option(command)
    add_setting_options(command)
    add_workers_option(command)


def run(options: argparse.Namespace) -> int:
    """Write rows.parquet, folds.parquet and README.md, of the very rows and folds that a comparison with these options has."""
    from ..audit.inspection import inspect_dataset
    from ..extraction.fold_data import fold_data
    from ..extraction.run_volumes import refuse_unreadable
    from ..runs.atomic import write_text
    from ..tables.rows import build_rows
    from ..training.folds_digest import folds_digest
    from ..training.folds_readme import folds_readme
    from ..training.folds_table import write_folds
    from ..training.request import Request

    settings, contract = settings_of(options), contract_of(options)
    targets = _targets(settings.comparison, contract)
    places = {"images": options.images, "labels": options.labels}
    with console.progress("reading", "row") as reading, console.progress("looking", "volume") as progress:
        inspected = inspect_dataset(
            options.data,
            settings,
            **places,
            contract=contract,
            verify=options.verify,
            workers=options.workers,
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
        raise DataSetError(f"{options.data}: no row has a volume that can be read")
    data = fold_data(rows, inspected, Request(options.data, options.out, settings, workers=options.workers))
    pores = sorted(inspected.inspection.readable["pore_value"].unique())
    images, pore = inspected.dataset.images.absolute().as_posix(), _grey_values(pores)
    about = {"folds_digest": folds_digest(data, settings.comparison), "images": images, "pore": pore}
    keys = _keys(rows, inspected.inspection.readable, inspected.observations.frame)
    summary = write_folds(options.out, data, keys, settings.comparison, targets, about=about)
    write_text(options.out / "README.md", folds_readme(summary, images, pore, pores, targets, contract=contract))
    for regime, reason in summary.without.items():
        log.warning("no folds under %s: %s", regime, reason)
    for regime, counts in summary.folds.items():
        log.info("%s: %d trainings on cells, %d on volumes", regime, counts["cell"], counts["volume"])
    log.info("%d rows, folds digest %s: %s", summary.n_rows, summary.digest, options.out)
    return DONE


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
