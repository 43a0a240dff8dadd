"""A descriptor of your own: poregrove extract volumes/ --out own.parquet --plugin own_descriptor.py."""

from collections.abc import Mapping

from poregrove.features import AXES, Axis, Column, Workspace, descriptor


@descriptor(
    columns={
        "half_porosity_difference": Column(
            "-",
            "porosity of the far half minus that of the near half along {axis}",
            low=-1.0,
            high=1.0,
            undefined="fewer than two layers along {axis}",
            mirror="negated",  # what becomes of it in the mirror image along its axis
        )
    },
    tier="morphology",  # or transport, network: by what it costs
    version=1,
    by=("axis",),  # a column for each axis: half_porosity_difference_z, _y, _x
)
def half_porosity_difference(work: Workspace, axis: Axis) -> Mapping[str, float]:
    """Whether the pores are graded along an axis: ``work.profiles`` has the porosity of each layer across z, y, x."""
    profile = work.profiles[AXES.index(axis)]
    half = len(profile) // 2
    if not half:
        return {"half_porosity_difference": float("nan")}
    return {"half_porosity_difference": float(profile[-half:].mean() - profile[:half].mean())}
