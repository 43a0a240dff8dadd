"""Columns that change what a target means from row to row."""

from __future__ import annotations

import re
from itertools import pairwise

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted, listed

WORDS = frozenset(
    [
        "direction",
        "axis",
        "orientation",
        "pulse",
        "eol",
        "cutoff",
        "protocol",
        "mode",
        "method",
        "definition",
        "convention",
        "threshold",
        "solver",
        "n_cycles",
        "ncycles",
    ]
)
"""Words of column names that say how a result is defined and not what the cell is."""


@check(
    code="changing_target",
    severity="warning",
    unit="columns",
    remedy="Declare each as an input ([inputs.NAME] of the contract), or keep the rows of one of its values: "
    "no constant stands for them.",
    any_contract=True,
)
def changing_target(evidence: Evidence) -> CheckResult | None:
    """Columns whose names say that they define a result, such as a direction or a pulse length, and that vary.

    A tortuosity along z in one row and over three axes in another is not one quantity, nor is a life to 70 % and to 80 %.
    Counted are such columns of the table with two values or more. A warning where one is no input, because models
    then learn a mixture; an info where all are.
    """
    if evidence.table is None:
        return None
    known = {item.column for item in evidence.contract.inputs}
    results = {item.column for item in evidence.contract.outputs}
    found = [
        name
        for name in map(str, evidence.table)
        if name not in results and _defines(name) and _varies(evidence.table[name])
    ]
    if not found:
        return None
    missing = [name for name in found if name not in known]
    said = f"{listed(missing)} {agree(len(missing), 'is', 'are')} no input" if missing else "all of them are inputs"
    message = f"{counted(len(found), 'column')} {agree(len(found), 'changes', 'change')} what targets mean from row to row; {said}."
    examples = tuple(f"{name}: {_values(evidence.table[name])}" for name in found)
    return CheckResult(len(found), message, f"table[{found!r}].T", examples, severity=None if missing else "info")


def _defines(name: str) -> bool:
    words = re.split(r"[\W_]+", name.lower())
    return bool(WORDS & {*words, *("_".join(pair) for pair in pairwise(words))})


def _varies(values: pd.Series) -> bool:
    known = values.dropna()
    return len(known) > 0 and bool((known != known.iloc[0]).any())


def _values(values: pd.Series) -> str:
    counts = values.value_counts()
    more = ", …" if len(counts) > SHOWN else ""
    return ", ".join(f"{value} in {count:,}" for value, count in counts.head(SHOWN).items()) + more
