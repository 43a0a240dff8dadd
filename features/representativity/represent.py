"""The volume and its sub-volumes described, and what follows for each column."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import SettingsError, VolumeError
from ..arguments import Names, Pore
from ..compute import compute
from ..description import wanted_columns
from ..phases import Phases, checked_phases, phase_columns, phases_in
from ..reading import Reader, VolumeLike
from ..registry import registry
from ..spacing import edge_and_spacing, volume_of_voxel
from .column import Described, of_column, path_of
from .covariance import covariance_of
from .record import Representativity
from .shift import dilated, eroded
from .sub_volumes import Cut, cuts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...array_types import Mask
    from ..declaration import ColumnInfo
    from ..volumes import VoxelSize
    from ..voxels import Spacing

DEFAULT_COLUMNS = (
    "porosity",
    "specific_surface",
    "chord_length_mean_[zyx]",
    "local_thickness_mean_pore",
    "geodesic_tortuosity_mean_z",
    "tortuosity_factor_z",
)
_PORE_SHARE = "porosity"
"""Descriptor of a phase's mask that is the share of the phase."""


def representative(
    volume: VolumeLike,
    *,
    voxel_size: VoxelSize = None,
    pore: Pore | None = None,
    phases: Phases | None = None,
    columns: Names = DEFAULT_COLUMNS,
    device: str = "auto",
    threads: int = 1,
) -> Representativity:
    """Estimate how far one volume stands for its material: an interval or a spread for each column, and the size that would do.

    The volume is cut into 27, 64, 216 and 512 sub-volumes, as many as stay two correlation lengths of the pores wide, and
    each is described. A column that is a mean over the volume (porosity, surface, two-point correlation, mean chord) has an
    interval: its variance over V is sigma^2 A3 / V, with the integral range A3 of the two-point function of the pores
    (Lantuejoul 1991). For the porosity that is the method of ImageRep (Dahari et al. 2024); for the others the sub-volumes
    give the variance, and the two-point function how it falls from their size to the whole. Any other column has the spread
    over sub-volumes with the exponent of its fall (Dirrenberger et al. 2014), which is no interval: such values depend on
    where the volume is cut. The size needed is the one at which 1.96 standard errors, or spreads, are 5 % of the value (Kanit et al.
    2003). Both suppose one homogeneous material.

    Parameters
    ----------
    volume, voxel_size, pore, phases, device, threads
        As for ``describe``; with ``phases`` the share of each is a column, and columns of several phases are left out.
    columns
        Names of columns, families and patterns.

    Returns
    -------
    Representativity
        A record a column, NaN with its ``reason`` where the volume says nothing: fewer than 27 sub-volumes, edges under two
        correlation lengths, sub-volumes that do not percolate, a gradient through the thickness.

    Raises
    ------
    VolumeError
        For what is no volume, and for a sample that does not fill its box.
    SettingsError
        For unknown names.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import representative
    >>> noise = np.random.default_rng(0).random((48, 48, 48)) < 0.4
    >>> porosity = representative(noise, columns="porosity", device="cpu")["porosity"]
    >>> bool(porosity.low < 0.4 < porosity.high)
    True

    """
    if phases is None:
        mask, edges, sample = Reader.of(voxel_size, pore).mask(volume)
        if sample is not None:
            raise VolumeError(f"expected a volume that is sample throughout; {sample.in_words()}")
        return _of_mask(mask, edges, wanted_columns((), columns), device, threads)
    values = checked_phases(phases)
    parts = phases_in(volume, values, voxel_size)
    found: dict[str, Representativity] = {}
    for name, part in parts.items():
        wanted = {
            column.info: column.source or _PORE_SHARE
            for column in phase_columns(tuple(values), (), columns)
            if column.phases == (name,)
        }
        if wanted:
            infos = wanted_columns((), tuple(wanted.values()))
            of_phase = _of_mask(part.mask, part.voxel_size or 1.0, infos, device, threads)
            renamed = tuple(replace(of_phase[source], column=info) for info, source in wanted.items())
            found[name] = replace(of_phase, columns=renamed)
    if not found:
        raise SettingsError(
            f"columns of several phases have no sub-volumes to spread over: {columns!r} names no others"
        )
    first = next(iter(found.values()))
    return replace(first, columns=tuple(item for each in found.values() for item in each.columns))


def _of_mask(
    mask: Mask, edges: float | Spacing, columns: Sequence[ColumnInfo], device: str, threads: int
) -> Representativity:
    unit, spacing = edge_and_spacing(edges)
    voxel = volume_of_voxel(spacing) * unit**3
    covariance = covariance_of(mask, spacing)
    z, y, x = (length * unit for length in covariance.lengths)
    paths = {path for column in columns if (path := path_of(column))}
    needed = registry().named([*(column.name for column in columns), *paths])

    def described(masks: Sequence[Mask]) -> list[dict[str, float]]:
        return compute(masks, [edges] * len(masks), needed, device=device, threads=threads)

    shape = (mask.shape[0], mask.shape[1], mask.shape[2])
    sizes = [
        Described(cut, described(cut.pieces(mask)), voxel * math.prod(cut.shape))
        for cut in (Cut(1, shape), *cuts(shape, spacing, covariance.lengths))
    ]
    shrunk, grown = described([eroded(mask), dilated(mask)])
    found = tuple(
        of_column(column, sizes, covariance, eroded=shrunk[column.name], dilated=grown[column.name])
        for column in columns
    )
    return Representativity(shape, (z, y, x), covariance.integral_range * voxel, found, edges != 1.0)
