"""Agreement of the two back ends, column by column: the stated tolerances, in their one place."""

import math

import pytest

from poregrove.features import descriptors

COUNTED = {"rel": 1e-12, "abs": 1e-12}
"""Morphology: counts and distances are the same to the last bit, and so is what follows but for the order of sums."""
SOLVED = {"rel": 1e-4, "abs": 1e-6}
"""Transport: each solver is within 5e-5 of the truth."""
LOCAL = 3e-3
"""Shares of voxels by their flux: the solvers stop by the energy, and a field is off by the square root of what its
energy is; some voxels lie close to the threshold, in a small volume as many as ``FEW``."""
FEW = 2
LOCAL_NAMES = ("conducting_porosity", "stagnant_porosity", "dead_end_porosity", "flux_share_top")


COLUMNS = {column.name: column for column in descriptors(("morphology", "transport"))}


def tolerance(name, voxels):
    """The arguments of ``pytest.approx`` for a column of a volume of so many voxels."""
    if name.startswith(LOCAL_NAMES):
        return {"abs": max(LOCAL, FEW / voxels)}
    return COUNTED if COLUMNS[name].tier == "morphology" else SOLVED


def differing(found, wanted, voxels):
    """(name, found, wanted) of the columns that do not agree; two NaN do."""
    return [
        (name, value, wanted[name])
        for name, value in found.items()
        if math.isnan(value) != math.isnan(wanted[name])
        or not (math.isnan(value) or value == pytest.approx(wanted[name], **tolerance(name, voxels)))
    ]
