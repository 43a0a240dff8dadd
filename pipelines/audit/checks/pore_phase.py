"""The grey value that is pore."""

from __future__ import annotations

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import listed


@check(
    code="pore_phase",
    severity="info",
    unit="volumes",
    remedy="Where this is the wrong phase, name the right grey values with --pore, or pore in [data] of a contract.",
    any_contract=True,
)
def pore_phase(evidence: Evidence) -> CheckResult:
    """The grey value taken as pore, and how well that agrees with the stated porosity.

    Always present. The phase is one convention a data set: the one whose porosity, measured on the
    voxels, lies closer to the stated porosity, summed over all volumes; without a stated porosity
    nonzero is pore. The count is the number of volumes that could be read. An info, because a
    convention is no fault; volumes that contradict it are `porosity_mismatch`.
    """
    read = evidence.volumes_where("status == 'ok'")
    volumes = evidence.volumes[read.mask]
    if volumes.empty:
        return CheckResult(0, "No volume could be read, so no phase was identified.", read.query, value="unknown")
    value = _value(volumes)
    return CheckResult(read.count, f"Pore is {value}. {_agreement(volumes)}", read.query, value=value)


def _value(volumes: pd.DataFrame) -> str:
    grey = volumes[volumes["threshold"].notna()]
    if len(grey):
        side = "below" if grey["pore_value"].iloc[0].startswith("<") else "above"
        return f"{side} Otsu thresholds of {grey['threshold'].min():g} to {grey['threshold'].max():g}"
    # A volume of solid alone shows no pore value; it takes no part in naming it.
    values = volumes.loc[volumes["pore_value"] != "none", "pore_value"]
    return listed(values.value_counts().index) or "none"


def _agreement(volumes: pd.DataFrame) -> str:
    given = volumes["porosity_given"]
    if given.isna().all():
        return "The data set states no porosity, so nothing confirms it."
    this = (volumes["porosity_voxels"] - given).abs().mean()
    other = (1.0 - volumes["porosity_voxels"] - given).abs().mean()
    return (
        f"With it the porosity of the voxels is off the stated one by {this:.2g} on average, "
        f"with the other phase by {other:.2g}."
    )
