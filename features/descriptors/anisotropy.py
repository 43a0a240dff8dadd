"""Anisotropy: a length along one axis over the mean of the other two."""

from __future__ import annotations

from collections.abc import Mapping

from ..declaration import AXES, Axis, Column, descriptor
from ..workspace import Workspace

_LENGTHS = {"chord_length_mean": "mean pore chord", "correlation_length": "correlation length"}


@descriptor(
    columns={
        f"{quantity.removesuffix('_mean')}_anisotropy": Column(
            "-",
            f"{meaning} along {{axis}} over the mean of the other two axes",
            low=0.0,
            undefined=f"{meaning} undefined along any axis",
        )
        for quantity, meaning in _LENGTHS.items()
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    by=("axis",),
    needs=tuple(f"{quantity}_{axis}" for quantity in _LENGTHS for axis in AXES),
)
def anisotropy(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """1 where the structure is isotropic."""
    values = {}
    for quantity in _LENGTHS:
        others = [work.columns[f"{quantity}_{other}"] for other in AXES if other != axis]
        values[f"{quantity.removesuffix('_mean')}_anisotropy"] = work.columns[f"{quantity}_{axis}"] / (sum(others) / 2)
    return values
