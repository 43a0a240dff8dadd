"""Whether two run folders hold the same numbers, to the last bit: what a change of the code must show that changes nothing.

    python tests/compare_runs.py BEFORE AFTER

Compares every prediction file and every result table, prints what differs, and ends with 0 where nothing does, 1
where something does, 2 where a folder is no run. Times, memory and devices are left out: they differ anyway.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

MEASURED = {"costs"}
"""Tables of seconds and bytes."""


def main(arguments: list[str]) -> int:
    """Compare the two folders named; the exit code."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    before, after = (Path(name) for name in arguments)
    for folder in (before, after):
        if not (folder / "rows.parquet").is_file():
            print(f"{folder}: expected a run folder, there is no rows.parquet")
            return 2
    differences = [*different(before, after)]
    for line in differences:
        print(line)
    files = len(tables(before))
    print(f"{len(differences)} differences among {files} files" if differences else f"{files} files, all the same")
    return 1 if differences else 0


def tables(run: Path) -> dict[str, Path]:
    """Every table of a run that holds results or what they were made from, by its path in the folder."""
    found = [path for path in run.glob("*.parquet") if path.stem not in MEASURED]
    found += sorted(run.glob("predictions*/**/*.parquet"))
    return {path.relative_to(run).as_posix(): path for path in sorted(found)}


def different(before: Path, after: Path) -> Iterator[str]:
    """A line for each file that differs or is in one run alone."""
    first, second = tables(before), tables(after)
    for name in sorted(first.keys() | second.keys()):
        if name not in second:
            yield f"{name}: only in {before}"
        elif name not in first:
            yield f"{name}: only in {after}"
        else:
            yield from (
                f"{name}: {what}" for what in changes(pd.read_parquet(first[name]), pd.read_parquet(second[name]))
            )


def changes(one: pd.DataFrame, other: pd.DataFrame) -> Iterator[str]:
    """Differences between two tables, column by column."""
    if list(one.columns) != list(other.columns):
        yield f"columns {', '.join(sorted(set(one.columns) ^ set(other.columns))) or 'in another order'}"
        return
    if len(one) != len(other):
        yield f"{len(one)} rows, then {len(other)}"
        return
    for column in one:
        a, b = one[column], other[column]
        unequal = ((a != b) & ~(a.isna() & b.isna())).to_numpy(bool)
        if unequal.any():
            yield f"{column}: {unequal.sum()} of {len(one)} values{_largest(a[unequal], b[unequal])}"


def _largest(a: pd.Series, b: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(a):
        return f", as {a.iloc[0]!r} and {b.iloc[0]!r}"
    return f", by up to {np.nanmax(np.abs(a.astype(float) - b.astype(float))):.3g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
