"""Predictions of a bundle for a data set, or for volumes with a table of designs, written as a table."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from ...errors import SettingsError
from ...schema import Contract
from ..data.paths import CSV_SUFFIXES, PARQUET_SUFFIXES
from ..data.phase import PoreConvention, parse_pore
from ..execution.parallel import Progress, Workers
from ..runs.atomic import check_table_suffix, write_table
from .bundle import BEST, Bundle, load_bundle
from .queries import Query, of_data_set, of_volumes

TABLE_SUFFIXES = (*PARQUET_SUFFIXES, *CSV_SUFFIXES)
"""Options of data sets, not of volumes alone."""

log = logging.getLogger(__name__)


def predict_data_set(
    bundle: Path,
    data: Path,
    out: Path | None = None,
    *,
    designs: Path | None = None,
    images: Path | None = None,
    pore: str | None = None,
    reading: Mapping[str, Any] | None = None,
    model: str = BEST,
    level: float = 0.9,
    verify: bool = False,
    device: str = "auto",
    workers: Workers = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Predict, and write ``out`` where one is named; the table, one row a row of the query.

    ``data`` is a data set (Parquet with ``filename`` and the scalars, no targets needed) or, with
    ``designs`` (CSV or Parquet of scalars), a volume or a folder of them, of which every volume
    is taken with every design. A volume or a folder without Parquet and without ``designs`` gets
    the targets that depend on the volume alone. ``pore`` names grey values where the files do not
    follow the training set's convention, ``reading`` holds settings of ``VolumeSettings`` for files that do not
    say themselves how to read them. ``verify`` reads volumes too that have not changed since they were described.

    Raises ModelError for a bundle that cannot be used, DataSetError and SettingsError for what is
    asked of it, a suffix of ``out`` that no table is written under among it.
    """
    if out is not None:
        check_table_suffix(out)
    loaded = load_bundle(bundle)
    volume = replace(loaded.manifest.volume, **(reading or {}))
    loaded = replace(loaded, manifest=replace(loaded.manifest, volume=volume))
    query = _query(loaded, data, designs, images, pore, verify=verify)
    table = loaded.predict_query(
        query, model=model, level=level, verify=verify, device=device, workers=workers, progress=progress
    )
    if out is not None:
        write_table(out, with_units(table, loaded.manifest.contract), unit_heads=True)
    return table


def with_units(table: pd.DataFrame, contract: Contract) -> pa.Table:
    """Predictions with the unit and the meaning of each target in the metadata of its columns."""
    whole = pa.Table.from_pandas(table, preserve_index=False)
    fields = {field.name: field for field in whole.schema}
    for target in contract.targets:
        parts = {"": target.meaning, "_lo": "lower bound of the interval", "_hi": "upper bound of the interval"}
        for suffix, meaning in parts.items():
            if field := fields.get(f"{target.name}{suffix}"):
                fields[field.name] = field.with_metadata({"unit": target.unit, "meaning": meaning})
    return whole.cast(pa.schema(list(fields.values()), whole.schema.metadata))


def _query(
    bundle: Bundle, data: Path, designs: Path | None, images: Path | None, pore: str | None, *, verify: bool
) -> Query:
    settings = replace(bundle.manifest.volume, pore=pore)
    named = parse_pore(pore)
    phase = PoreConvention("named", named=named) if named else bundle.manifest.phase
    if designs is not None or _holds_only_volumes(data):
        if images is not None:
            raise SettingsError("--images belongs to a data set; name the volumes themselves beside --designs")
        return of_volumes(data, designs, phase, settings, bundle.manifest.contract)
    return of_data_set(data, images, phase, settings, bundle.manifest.contract, verify=verify)


def _holds_only_volumes(data: Path) -> bool:
    if data.is_dir():
        return not any(path for suffix in TABLE_SUFFIXES for path in data.rglob(f"*{suffix}"))
    return data.suffix.lower() not in TABLE_SUFFIXES
