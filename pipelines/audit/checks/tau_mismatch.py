"""Tortuosity factors that belong to another axis than declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ....array_types import Float64, Mask
from ....errors import VolumeError
from ....features import describe
from ....schema import AXES
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, percent

TOLERANCE = 0.03
"""Relative difference up to which two tortuosity factors are the same: solvers stop at different residuals."""
MOST_VOLUMES, MOST_VOXELS, FEWEST_VOLUMES = 12, 3_000_000, 2
"""Limits on the volumes that are solved where descriptors are not known yet."""
MOST_LEVELS = 6
COLUMNS = tuple(f"tortuosity_factor_{axis}" for axis in AXES)
POROSITY = "porosity"
NONE = "none of them"
MOST_UNEXPLAINED = 0.5
"""Share of values that no axis explains from which those of the built-in contract are left to its other checks."""
MEANS = ("mean of the three axes", "porosity over the mean diffusivity of the three axes")


@check(
    code="tau_mismatch",
    severity="error",
    unit="rows",
    remedy="Set axis in [data] of the contract or derivable in [targets.NAME] to the axis named; where it changes with "
    "a column, declare that column an input.",
    any_contract=True,
)
def tau_mismatch(evidence: Evidence) -> CheckResult | None:
    """Given tortuosity factors that differ by more than 3 % from those of the image along the declared axis.

    A sample of volumes is solved along all three axes, and the given value held against each, against their mean, and
    against the porosity over the mean diffusivity. Counted are the rows of these volumes whose value is another one.
    An error: descriptors and target are then of different directions, and what the image adds is lost.
    """
    for name, declared in _declared(evidence):
        solved = _solved(evidence, name)
        if solved.empty:
            continue
        rows = evidence.rows[evidence.rows["filename"].isin(solved.index) & evidence.rows[name].notna()]
        given = rows[name].to_numpy(np.float64)
        candidates = {str(column): solved[column].reindex(rows["filename"]).to_numpy(np.float64) for column in solved}
        fits = pd.Series(_fits(given, declared, candidates), index=rows.index, dtype=object)
        wrong = fits[fits != declared]
        if wrong.empty or (evidence.contract.built_in and (wrong == NONE).mean() > MOST_UNEXPLAINED):
            continue
        mask = evidence.rows.index.isin(wrong.index)
        query = f"rows.loc[{[*map(int, wrong.index)]!r}]"
        struck = evidence.rows_in(pd.Series(mask, index=evidence.rows.index), query)
        off = np.abs(candidates[declared] / given - 1)
        message = (
            f"{name} is declared {declared}; of {counted(len(rows), 'row')} of {counted(len(solved), 'volume')} looked at, "
            f"{_counts(fits, declared)}. The declared one is off by {percent(float(np.nanmedian(off[fits != declared])))} "
            f"in the median of the others.{_explained(evidence, rows.index, given, candidates)}"
        )
        return CheckResult(struck.count, message, struck.query, struck.examples)
    return None


def _declared(evidence: Evidence) -> list[tuple[str, str]]:
    """Targets that are tortuosity factors, with the descriptor that computes them."""
    if evidence.contract.built_in:
        return [("tau_factor", COLUMNS[0])]
    return [(item.name, item.descriptor) for item in evidence.contract.outputs if item.descriptor in COLUMNS]


def _solved(evidence: Evidence, target: str) -> pd.DataFrame:
    """Tortuosity factors of a sample of volumes by file name: along three axes, and their means."""
    volumes = evidence.volumes[evidence.volumes["status"] == "ok"].set_index("filename")
    known = evidence.rows.loc[evidence.rows[target].notna(), ["filename", target]].drop_duplicates("filename")
    known = known[known["filename"].isin(volumes.index)].sort_values(target, kind="stable")
    features = evidence.features
    if features is not None and {*COLUMNS, POROSITY} <= set(features):
        table = features.drop_duplicates("volume_digest").set_index("volume_digest")[[*COLUMNS, POROSITY]]
        found = table.reindex(volumes.loc[known["filename"], "volume_digest"]).set_axis(known["filename"])
    else:
        found = pd.DataFrame.from_dict(dict(_described(evidence, known["filename"])), orient="index")
    if found.empty:
        return found
    found = found.dropna(subset=list(COLUMNS))
    taus = found[list(COLUMNS)]
    diffusivity = taus.rdiv(found[POROSITY], axis=0).mean(axis=1)
    return taus.assign(**{MEANS[0]: taus.mean(axis=1), MEANS[1]: found[POROSITY] / diffusivity})


def _described(evidence: Evidence, names: pd.Series) -> Iterable[tuple[str, Mapping[str, float]]]:
    """Descriptors of a few volumes, evenly over the sorted names, as many as are quickly solved."""
    if evidence.open_volume is None or names.empty:
        return
    voxels = 0
    for place in np.unique(np.linspace(0, len(names) - 1, min(MOST_VOLUMES, len(names))).astype(int)):
        try:
            volume = evidence.open_volume(str(names.iloc[place]))
        except VolumeError:
            continue  # unreadable_file says so
        if voxels >= FEWEST_VOLUMES * volume.mask.size and voxels + volume.mask.size > MOST_VOXELS:
            return
        voxels += volume.mask.size
        yield str(names.iloc[place]), describe(volume, columns=[*COLUMNS, POROSITY], device="cpu")


def _fits(given: Float64, declared: str, candidates: Mapping[str, Float64]) -> list[str]:
    """The candidate that each given value is: the declared one where it fits, else the closest; ``none of them``."""
    order = [declared, *(name for name in candidates if name != declared)]
    off = np.abs(np.stack([candidates[name] for name in order]) / given - 1)
    off = np.where(np.isfinite(off), off, np.inf)
    best = np.where(off[0] <= TOLERANCE, 0, off.argmin(axis=0))
    return [order[place] if off[place, row] <= TOLERANCE else NONE for row, place in enumerate(map(int, best))]


def _counts(fits: pd.Series, declared: str) -> str:
    counts = fits.value_counts()
    parts = [f"{counts.get(declared, 0)} agree"]
    parts += [f"{count} hold the {_words(str(name))}" for name, count in counts.items() if name != declared]
    return ", ".join(parts)


def _words(name: str) -> str:
    return (
        f"factor along axis {COLUMNS.index(name)} ({name})"
        if name in COLUMNS
        else f"value of {name}"
        if name == NONE
        else name
    )


def _explained(evidence: Evidence, index: pd.Index, given: Float64, candidates: Mapping[str, Float64]) -> str:
    """The column that decides which of the values a row holds, where one does for every row."""
    if evidence.table is None:
        return ""
    for name in map(str, evidence.table):
        levels = evidence.table.loc[index, name].map(str).to_numpy(object)
        if not 1 < len(set(levels)) <= MOST_LEVELS:
            continue
        held = {level: _held(given[levels == level], candidates, levels == level) for level in sorted(set(levels))}
        if None not in held.values() and len(set(held.values())) > 1:
            return (
                f" It follows the column {name}: "
                + "; ".join(f"{level}: {_words(str(found))}" for level, found in held.items())
                + "."
            )
    return ""


def _held(given: Float64, candidates: Mapping[str, Float64], at: Mask) -> str | None:
    """The candidate that all of some rows hold; None where there is none."""
    off = {name: float(np.abs(values[at] / given - 1).max()) for name, values in candidates.items()}
    best = min(off, key=off.__getitem__)
    return best if off[best] <= TOLERANCE else None
