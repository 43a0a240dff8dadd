"""Fields of a volume, voxel by voxel: what its descriptors of pores are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import SettingsError, did_you_mean
from .arguments import Names, Pore, names_of
from .backends import get_backend
from .conduction import AxisName, conduction_fields
from .declaration import AXES
from .reading import Reader, VolumeLike
from .spacing import edge_and_spacing
from .workspace import Workspace

if TYPE_CHECKING:
    from ..array_types import Float32, Mask
    from .volumes import VoxelSize
    from .voxels import Spacing

_FLUX = ("flux_z", "flux_y", "flux_x")
FIELDS: Mapping[str, str] = {
    "concentration": "steady concentration between 1 on the low face of the axis and 0 on the high one; NaN where nothing flows",
    "flux_z": "flux along z over what would flow through pores alone, under the same difference",
    "flux_y": "the same along y",
    "flux_x": "the same along x",
    "thickness": "radius of the largest ball in the pores that covers a voxel; 0 in the solid",
    "distance": "distance to the centre of the nearest solid voxel; 0 in the solid, NaN without any",
    "clusters": "0 solid, 1 in a cluster that touches both faces of the axis, 2 one of them, 3 none",
}
"""Meaning of each field, by its name."""


@dataclass(frozen=True, eq=False)
class VoxelFields:
    """Fields by name, float32 (z, y, x), and the edges of a voxel along z, y, x; None where unknown, lengths then in voxels."""

    arrays: Mapping[str, Float32]
    edges: Spacing | None


def fields(
    volume: VolumeLike,
    names: Names = ("concentration", "flux", "thickness", "distance", "clusters"),
    *,
    axis: AxisName = "z",
    voxel_size: VoxelSize = None,
    pore: Pore | None = None,
    device: str = "auto",
) -> VoxelFields:
    """Fields of the pores of one volume, each a value a voxel.

    Parameters
    ----------
    volume, voxel_size, pore, device
        As for ``describe``.
    names
        ``concentration``, ``flux`` (its three components ``flux_z``, ``flux_y``, ``flux_x``, which are names too),
        ``thickness``, ``distance``, ``clusters``.
    axis
        The axis along which concentration, flux and clusters look: ``z``, ``y`` or ``x``.

    Returns
    -------
    VoxelFields
        ``arrays`` by name, in this order; lengths in metres where the voxel size is known.

    Raises
    ------
    VolumeError
        For what is no volume.
    SettingsError
        For unknown names.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import fields
    >>> channel = np.zeros((4, 5, 5), bool)
    >>> channel[:, 1:4, 1:4] = True
    >>> found = fields(channel, ["concentration", "distance"], device="cpu").arrays
    >>> found["concentration"][:, 2, 2].tolist(), found["distance"][0, 2, 2].item()
    ([0.875, 0.625, 0.375, 0.125], 2.0)

    """
    wanted = _checked(names_of(names))
    if axis not in AXES:
        raise SettingsError(f"unknown axis {axis!r}: one of {', '.join(AXES)}")
    mask, edges, _ = Reader.of(voxel_size, pore).mask(volume)
    unit, spacing = edge_and_spacing(edges)
    found: dict[str, Float32] = {}
    if any(name == "concentration" or name in _FLUX for name in wanted):
        conduction = conduction_fields(mask, {0: 0.0, 1: 1.0}, axis, voxel_size=spacing, device=device)
        found |= {"concentration": conduction.potential, **dict(zip(_FLUX, conduction.flux, strict=True))}
    work = Workspace(mask, get_backend(device), spacing)
    if "thickness" in wanted:
        found["thickness"] = np.asarray(work.batch.thickness_maps("pore")[0] * unit, np.float32)
    if "distance" in wanted:
        squared = np.asarray(work.backend.to_host(work.squared_distance("pore")), np.float64)
        found["distance"] = np.where(np.isfinite(squared), np.sqrt(squared) * unit, np.nan).astype(np.float32)
    if "clusters" in wanted:
        found["clusters"] = _clusters(work, mask, AXES.index(axis))
    known = None if edges == 1.0 else (edges if isinstance(edges, tuple) else (edges, edges, edges))
    return VoxelFields({name: found[name] for name in wanted}, known)


def _checked(names: tuple[str, ...]) -> tuple[str, ...]:
    """The single fields of these names, each once."""
    wanted = tuple(dict.fromkeys(each for name in names for each in (_FLUX if name == "flux" else (name,))))
    if unknown := [name for name in wanted if name not in FIELDS]:
        hint = did_you_mean(unknown[0], ["flux", *FIELDS])
        raise SettingsError(f"unknown field {unknown[0]!r}{hint}; known: {', '.join(FIELDS)}, and flux for its three")
    return wanted


def _clusters(work: Workspace, mask: Mask, axis: int) -> Float32:
    components = work.components("pore")
    low, high = components.touches(axis, 0), components.touches(axis, 1)
    kinds = np.where(mask, np.float32(3.0), np.float32(0.0))
    for kind, keep in ((1.0, low & high), (2.0, low ^ high)):
        (chosen,) = work.backend.select(work.batch.mask("pore"), [components], [keep])
        kinds[np.asarray(work.backend.to_host(chosen), np.bool_)] = kind
    return kinds
