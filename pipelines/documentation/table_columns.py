"""The page of tables: every file of a run folder and of other verbs, with each of its columns."""

from __future__ import annotations

from collections.abc import Iterable

from ...schema import (
    FEATURES,
    FOLD_PARTS,
    FOLD_ROWS,
    PREDICTION_PARTITIONS,
    PREDICTIONS,
    RESULT_TABLES,
    ROWS,
    SCALAR_COLUMNS,
    TARGET_TABLE,
    TARGETS,
    VOLUMES,
    Field,
    TableSchema,
)
from ...schema.column_meanings import meaning_of
from ..runs.markdown import table

_KINDS = {"source": "as in the data"}


def tables_page() -> str:
    """Tables of runs, then of ``folds`` and ``targets``."""
    lines = [
        "# Tables",
        "",
        "Tables are Parquet; `pandas.read_parquet` reads each. In a run folder they stand beside `manifest.json`, which",
        "holds settings, versions, digests and times. A number that is undefined is NaN and never a stand-in.",
        "",
    ]
    for title, items in (
        ("A run's inputs", (VOLUMES, FEATURES, ROWS)),
        ("A run's predictions", (PREDICTIONS,)),
        ("A run's results", tuple(RESULT_TABLES.values())),
        ("Folds for training elsewhere", (FOLD_ROWS, FOLD_PARTS)),
        ("Targets", (TARGET_TABLE,)),
    ):
        lines += [f"## {title}", ""]
        for item in items:
            lines += _columns(item)
    return "\n".join(lines)


def _columns(item: TableSchema) -> list[str]:
    remarks = {
        "features": "Further columns are the [descriptors](descriptors.md), one float64 each.",
        "predictions": f"Partitioned by {', '.join(f'`{name}`' for name in PREDICTION_PARTITIONS)}, which are part of the path.",
    }
    rows = (
        (f"`{field.name}`", _KINDS.get(field.kind, field.kind), meaning_of(field)) for field in _without_lists(item)
    )
    return [
        f"### `{item.name}`",
        "",
        *([remarks[item.name], ""] if item.name in remarks else []),
        *table(("column", "type", "meaning"), rows),
        "",
    ]


def _without_lists(item: TableSchema) -> Iterable[Field]:
    """Its columns, one line for all design scalars and one for all targets, which `words.md` lists."""
    targets = {target.name for target in TARGETS}
    told: set[str] = set()
    for field in item.fields:
        group = "scalars" if field.name in SCALAR_COLUMNS else "targets" if field.name in targets else field.name
        if group in told:
            continue
        told.add(group)
        if group == "scalars":
            yield Field("(each design scalar)", field.kind, "[design scalars](words.md#design-scalars) of the contract")
        elif group == "targets":
            yield Field("(each target)", field.kind, "[targets](words.md#targets) of the contract, NaN where undefined")
        else:
            yield field
