"""Lengths that no electrode has."""

from __future__ import annotations

import pandas as pd

from ....schema import SCALARS
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted, span

LENGTHS = [scalar.column for scalar in SCALARS if scalar.unit == "m"]
SHORTEST, LONGEST = 1e-9, 1e-2
"""Metres between which radii of particles and thicknesses of electrodes lie."""


@check(
    code="implausible_length",
    severity="warning",
    unit="columns",
    remedy="Give lengths in metres, as the names of their columns say.",
)
def implausible_length(evidence: Evidence) -> CheckResult | None:
    """Radii and thicknesses of which some are below a nanometre or above a centimetre.

    A warning: nearly always micrometres in a column of metres. Models do not mind a factor, but quantities that join
    lengths with descriptors do, and so does every prediction for designs in the right unit.
    """
    lengths = evidence.rows[LENGTHS]
    wrong = ((lengths > LONGEST) | ((lengths > 0.0) & (lengths < SHORTEST))).sum()
    wrong = wrong[wrong > 0]
    if wrong.empty:
        return None
    examples = tuple(f"{name}: {_span(lengths[name])} m" for name in wrong.index)
    message = (
        f"{counted(len(wrong), 'length')} {agree(len(wrong), 'lies', 'lie')} below {SHORTEST:g} or above {LONGEST:g} m."
    )
    names = list(wrong.index)
    query = (
        f"rows[{names!r}].apply(lambda x: ((x > {LONGEST!r}) | ((x > 0) & (x < {SHORTEST!r}))).sum())"
        ".loc[lambda number: number > 0]"
    )
    return CheckResult(len(wrong), message, query, examples)


def _span(lengths: pd.Series[float]) -> str:
    return span(float(lengths.min()), float(lengths.max()))
