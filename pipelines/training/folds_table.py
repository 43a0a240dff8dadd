"""The folds of a comparison as tables, for networks that are trained elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...errors import DataSetError
from ...schema import FOLD_PARTS, OWN, fold_rows_schema
from ..runs.atomic import replacing, write_parquet
from ..settings import ComparisonSettings
from ..splits.nested import validation_split
from ..splits.splits import Fold
from ..tables.arrays import Data, Table
from .fit import fold_seed
from .job import Job
from .job_folds import fold_regime, job_folds

METADATA = b"poregrove.folds"
"""Key under which both files carry the digest and what their columns are, as JSON."""
_PANDAS = b"PANDAS_ATTRS"
"""Key from which pandas restores ``DataFrame.attrs``."""
KINDS = ("cell", "volume")
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class FoldParts:
    """The rows of one fold; ``shares`` says which training rows share a volume or a design with a validation row."""

    regime: str
    repeat: int
    fold: int
    train: NDArray[np.int32]
    validation: NDArray[np.int32]
    test: NDArray[np.int32]
    shares: NDArray[np.bool_]


@dataclass(frozen=True)
class FoldsSummary:
    """Summary of written folds: rows, folds by regime with the reason where there are none, and the digest."""

    digest: str
    n_rows: int
    folds: Mapping[str, Mapping[str, int]]
    """Trainings of each regime that has folds, by the kind of their rows: ``cell`` and ``volume``."""
    without: Mapping[str, str]
    """Reason why a regime has no folds."""


def write_folds(
    out: Path,
    data: Data,
    keys: pd.DataFrame,
    settings: ComparisonSettings,
    targets: Sequence[str],
    *,
    about: Mapping[str, Any],
) -> FoldsSummary:
    """Write ``rows.parquet`` and ``folds.parquet`` into a folder.

    ``keys`` has sample_id, param_id, filename and volume_digest of each row by the column ``row``. The part ``validation``
    is the one on which the built-in network stops; ``train`` and ``validation`` together are all that may be
    trained on. Rows without a value of any of ``targets`` are left out. ``about``, with the ``folds_digest`` among it, goes into the
    metadata of both files. DataSetError where no regime has folds.
    """
    folds = {
        regime: {kind: fold_parts(regime, table, data, settings) for kind, table in _tables(data, targets)}
        for regime in settings.regimes
    }
    without = {
        regime: next((reason for _, reason in found.values() if reason), "no row has a target")
        for regime, found in folds.items()
        if not any(reason is None for _, reason in found.values())
    }
    if len(without) == len(folds):
        raise DataSetError(f"no regime has folds: {'; '.join(f'{name}: {why}' for name, why in without.items())}")
    rows = fold_rows(data, keys, targets)
    told = {**about, "inputs": list(data.contract.scalar_columns), "targets": list(targets)}
    metadata = {METADATA: json.dumps(told), _PANDAS: json.dumps(told)}
    write_parquet(
        out / "rows.parquet", pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(metadata)
    )
    schema = pa.schema([(field.name, _TYPES.get(field.name) or field.kind) for field in FOLD_PARTS.fields], metadata)
    counts = {regime: dict.fromkeys(KINDS, 0) for regime in folds if regime not in without}
    with replacing(out / "folds.parquet") as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as file:
        for regime, found in counts.items():
            for kind, (parts, _) in folds[regime].items():
                for part in parts:
                    file.write_table(_as_table(part, rows["row"].to_numpy(), schema))
                    found[kind] += 1
    return FoldsSummary(about["folds_digest"], len(rows), counts, without)


def fold_rows(data: Data, keys: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    """The table ``schema.FOLD_ROWS`` with the named targets."""
    parts = []
    for kind, table in _tables(data, targets):
        columns: dict[str, Any] = {"row": table.row, "kind": kind}
        known = [name for name in targets if name in table.targets]
        for name in targets:
            columns[name] = table.targets[name] if name in known else np.full(len(table), np.nan)
        for scalar in data.contract.scalars:
            values = data.designs[scalar.name].to_numpy(np.float64)
            columns[scalar.column] = values[table.design] if kind == "cell" else np.full(len(table), np.nan)
        some = np.logical_or.reduce([np.isfinite(columns[name]) for name in known])
        parts.append(pd.DataFrame(columns)[some])
    rows = pd.concat(parts, ignore_index=True).merge(keys, on="row", how="left", validate="one_to_one")
    fields = fold_rows_schema(data.contract).fields
    return rows[[item.name for item in fields if item.name in rows or item.name not in data.contract.by_name]]


def fold_parts(
    regime: str, table: Table, data: Data, settings: ComparisonSettings
) -> tuple[Iterator[FoldParts], str | None]:
    """The folds of one regime on one table, or none and the reason why."""
    job = Job(next(iter(table.targets)), "", OWN, regime)
    folds, reason = job_folds(job, data, settings)

    def parts() -> Iterator[FoldParts]:
        for fold in folds:
            yield _parts(fold, regime, fold_regime(job, data.contract), table, settings)

    return parts(), reason


def _parts(fold: Fold, regime: str, rule: str, table: Table, settings: ComparisonSettings) -> FoldParts:
    volume, design = table.volume_group[fold.train], table.design_group[fold.train]
    seed = fold_seed(settings.seed, fold)
    fit, valid = validation_split(rule, volume, design, share=settings.validation_share, seed=seed)
    train = np.setdiff1d(np.arange(len(fold.train)), valid)
    return FoldParts(
        regime=regime,
        repeat=fold.repeat,
        fold=fold.fold,
        train=table.row[fold.train[train]],
        validation=table.row[fold.train[valid]],
        test=table.row[fold.test],
        shares=~np.isin(train, fit),
    )


def _tables(data: Data, targets: Sequence[str]) -> Iterator[tuple[str, Table]]:
    for kind, table in zip(KINDS, (data.cells, data.distinct), strict=True):
        if len(table) and any(name in table.targets for name in targets):
            yield kind, table


def _as_table(part: FoldParts, known: NDArray[np.int32], schema: pa.Schema) -> pa.Table:
    found = [getattr(part, name) for name in PARTS]
    rows = np.concatenate(found)
    kept = np.isin(rows, known)
    code = np.repeat(np.arange(len(PARTS), dtype=np.int8), [len(own) for own in found])[kept]
    shares = np.concatenate([part.shares, np.zeros(len(rows) - len(part.shares), bool)])[kept]
    n = int(kept.sum())
    columns = {
        "regime": pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int8)), [part.regime]),
        "repeat": np.full(n, part.repeat, np.int32),
        "fold": np.full(n, part.fold, np.int32),
        "row": rows[kept],
        "part": pa.DictionaryArray.from_arrays(pa.array(code), list(PARTS)),
        "shares_with_validation": shares,
    }
    return pa.table(columns, schema=schema)


_TYPES = {name: pa.dictionary(pa.int8(), pa.string()) for name in ("regime", "part")}
"""Words of which there are few."""
