"""Effective conductivity of media of several phases, along one axis or as a tensor, and its fields."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ..array_types import Float32, Float64, Ints, Mask, UInt8
from ..errors import SettingsError, VolumeError
from .arguments import Edge, Names, axes_of, axis_of, edge_of
from .backends import get_backend
from .declaration import AXES
from .spacing import CUBE, edge_and_spacing
from .winding import carrying

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .backends import Backend
    from .voxels import Spacing

AxisName: TypeAlias = Literal["z", "y", "x"]

_DIMENSIONS = 3
_MOST_PHASES = 254
"""Phases that a byte can number, beside none and what does not span."""
_FEW = 2**16
"""Different labels that a table may have room for."""
_MISMATCH = 2.0
"""Times that opposite sides differ more than neighbouring layers beyond which a volume is not periodic."""


@dataclass(frozen=True)
class Conduction:
    """Effective conductivity along one axis, in the unit of the conductivities of the phases."""

    axis: str
    conductivity: float
    """NaN where the solver did not converge, 0 where nothing joins the faces."""
    mean: float
    """Volume mean of the conductivities of the phases, sum(phi_i k_i): the upper bound of Wiener."""
    converged: bool

    @property
    def tortuosity(self) -> float:
        """Tortuosity factor sum(phi_i k_i) / k_eff, NaN where nothing flows."""
        return self.mean / self.conductivity if self.conductivity > 0.0 else float("nan")


@dataclass(frozen=True, eq=False)
class ConductionTensor:
    """Effective conductivity of a periodic medium: ``tensor[a, b]`` is the flux along b under a gradient along a, z, y, x."""

    tensor: Float64
    mean: float
    converged: bool


@dataclass(frozen=True, eq=False)
class ConductionFields:
    """The solution behind an effective conductivity, voxel by voxel, in arrays (z, y, x)."""

    conduction: Conduction
    potential: Float32
    """1 on the inlet and 0 on the outlet, the low and the high face of the axis; NaN where nothing flows."""
    flux: Float32
    """float32[3, z, y, x], along z, y, x: flux over the mean gradient, so that its mean along the axis is the effective
    conductivity."""
    conductivity: Float32
    """Of the phase of each voxel."""

    @property
    def potential_profile(self) -> Float64:
        """Mean potential of each layer across the axis, over the voxels that something flows through; NaN where none."""
        return _layer_means(self.potential, ~np.isnan(self.potential), AXES.index(self.conduction.axis))

    @property
    def tortuosity_profile(self) -> Float64:
        """Tortuosity factor between each layer and the next: its mean conductivity times the fall of the mean potential.

        Relative to the flux, which is the same through all of them: (n - 1) values, 1 in a medium of straight channels.
        """
        axis = AXES.index(self.conduction.axis)
        mean = _layer_means(self.conductivity, np.ones(self.conductivity.shape, np.bool_), axis)
        falls = -np.diff(self.potential_profile) * len(mean)
        if not self.conduction.conductivity > 0.0:
            return np.full(len(falls), np.nan)
        return np.asarray(0.5 * (mean[1:] + mean[:-1]) * falls / self.conduction.conductivity, np.float64)


def effective_conductivity(
    labels: Ints | Mask,
    conductivities: Mapping[Any, float],
    axis: AxisName = "z",
    *,
    voxel_size: Edge | None = None,
    periodic: Names = (),
    device: str = "auto",
) -> Conduction:
    """The effective conductivity (or diffusivity) of a volume whose phases conduct differently.

    Steady conduction between the low and the high face of ``axis``, half a voxel outside the centres of its first and
    last layer; the face between two voxels conducts as their halves in series (harmonic mean). Clusters of conducting
    voxels that do not join both faces are left out. Within 2e-5 of the direct solution of the same equations where
    conductivities differ up to 1e4 times, within 1e-4 for one phase in voxels that are no cubes.

    Parameters
    ----------
    labels
        Integer or boolean array (z, y, x), the phase of each voxel.
    conductivities
        The conductivity of each label in the volume, at least 0, in any unit.
    axis
        ``z``, ``y`` or ``x``.
    voxel_size
        Edge of a voxel, or the three (dz, dy, dx), in metres; only their proportion counts. None: cubes.
    periodic
        Names of the axes across which opposite sides are joined; nothing passes other sides. Along ``axis`` itself the
        potential falls by the same from each period to the next.
    device
        As for ``describe``.

    Returns
    -------
    Conduction
        ``conductivity`` and ``tortuosity``.

    Raises
    ------
    VolumeError
        For what is no volume of labels.
    SettingsError
        For labels without a conductivity, conductivities that are none, unknown axes.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import effective_conductivity
    >>> layers = np.arange(4).reshape(4, 1, 1) % 2 * np.ones((1, 3, 3), int)
    >>> round(effective_conductivity(layers, {0: 1.0, 1: 10.0}, "z", device="cpu").conductivity, 6)
    1.818182
    >>> round(effective_conductivity(layers, {0: 1.0, 1: 10.0}, "x", device="cpu").conductivity, 6)
    5.5

    """
    return _Medium.of(labels, conductivities, voxel_size, device).along(axis, axes_of(periodic))[0]


def conduction_fields(
    labels: Ints | Mask,
    conductivities: Mapping[Any, float],
    axis: AxisName = "z",
    *,
    voxel_size: Edge | None = None,
    periodic: Names = (),
    device: str = "auto",
) -> ConductionFields:
    """The potential and the flux of ``effective_conductivity`` in each voxel, and the profiles that follow from them.

    Parameters
    ----------
    labels, conductivities, axis, voxel_size, periodic, device
        As for ``effective_conductivity``.

    Returns
    -------
    ConductionFields
        ``potential``, ``flux``, ``potential_profile`` and ``tortuosity_profile``.

    Raises
    ------
    VolumeError, SettingsError, DeviceError
        As ``effective_conductivity``.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import conduction_fields
    >>> conduction_fields(np.ones((4, 2, 2), bool), {True: 1.0}, device="cpu").potential[:, 0, 0]
    array([0.875, 0.625, 0.375, 0.125], dtype=float32)

    """
    medium = _Medium.of(labels, conductivities, voxel_size, device)
    conduction, spanning, solution = medium.along(axis, axes_of(periodic), fields=True)
    index, shape = AXES.index(axis), medium.phases.shape
    conductivity = medium.conductivity[medium.phases].astype(np.float32)
    if solution.deviation is None:
        nothing = np.zeros((_DIMENSIONS, *shape), np.float32)
        return ConductionFields(conduction, np.full(shape, np.nan, np.float32), nothing, conductivity)
    planes = shape[index]
    profile = np.moveaxis((planes - np.arange(planes, dtype=np.float32) - 0.5)[:, None, None], 0, index)
    deviation, flux = (medium.backend.to_host(field) for field in (solution.deviation, solution.flux))
    potential = np.where(spanning, (profile + deviation) / planes, np.nan).astype(np.float32)
    return ConductionFields(conduction, potential, np.asarray(flux, np.float32), conductivity)


def effective_tensor(
    labels: Ints | Mask,
    conductivities: Mapping[Any, float],
    *,
    voxel_size: Edge | None = None,
    mirror: Names = (),
    device: str = "auto",
) -> ConductionTensor:
    """The effective conductivity tensor of a volume that is one period of a medium.

    All sides are joined to the opposite ones, and the flux is found under a mean gradient along each axis. Clusters carry
    flow that wind along the axis: that come round to themselves one or more periods further. Symmetric by construction:
    each entry is the work of two solutions, whose error is the product of theirs.

    Parameters
    ----------
    labels, conductivities, voxel_size, device
        As for ``effective_conductivity``.
    mirror
        Names of the axes along which the volume is continued by its mirror image, which makes any volume periodic; entries
        between such an axis and another are then 0.

    Returns
    -------
    ConductionTensor
        ``tensor`` (3, 3), in the order z, y, x; NaN where a solution did not converge.

    Raises
    ------
    VolumeError, SettingsError, DeviceError
        As ``effective_conductivity``.

    Warns
    -----
    UserWarning
        Where opposite sides do not match, that is differ twice as much as neighbouring layers do.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import effective_tensor
    >>> sheets = np.arange(4).reshape(4, 1, 1) % 2 * np.ones((1, 3, 3), int)
    >>> effective_tensor(sheets, {0: 1.0, 1: 10.0}, device="cpu").tensor.round(6)
    array([[1.818182, 0.      , 0.      ],
           [0.      , 5.5     , 0.      ],
           [0.      , 0.      , 5.5     ]])

    """
    medium = _Medium.of(labels, conductivities, voxel_size, device)
    mirrored = axes_of(mirror)
    _check_sides(medium.phases, mirrored)
    for axis in mirrored:
        medium = medium.mirrored(axis)
    found = [medium.along(axis, (0, 1, 2), fields=True) for axis in AXES]
    converged = all(conduction.converged for conduction, _, _ in found)
    tensor = np.full((_DIMENSIONS, _DIMENSIONS), np.nan)
    if converged:
        tensor = medium.backend.conduction_tensor(
            medium.phases,
            medium.conductivity,
            [spanning for _, spanning, _ in found],
            [solution.deviation for _, _, solution in found],
            medium.edges,
        )
    return ConductionTensor(tensor, found[0][0].mean, converged)


@dataclass(frozen=True, eq=False)
class _Medium:
    """Phases by number (uint8[z, y, x]), the conductivity of each, edges of a voxel, and where to solve."""

    phases: UInt8
    conductivity: Float64
    edges: Spacing
    backend: Backend

    @classmethod
    def of(cls, labels: Any, conductivities: Mapping[Any, float], voxel_size: Edge | None, device: str) -> _Medium:
        """A medium by the arguments of the public functions."""
        phases, conductivity = _numbered(labels, conductivities)
        edge = edge_of(voxel_size)
        return cls(phases, conductivity, CUBE if edge is None else edge_and_spacing(edge)[1], get_backend(device))

    def mirrored(self, axis: int) -> _Medium:
        """The medium and its mirror image behind it."""
        both = np.concatenate([self.phases, np.flip(self.phases, axis)], axis)
        return _Medium(both, self.conductivity, self.edges, self.backend)

    def along(self, axis: str, periodic: tuple[int, ...], *, fields: bool = False) -> tuple[Conduction, Mask, Any]:
        """The conduction along an axis, the voxels that carry flow, and the solution of the back end."""
        index, backend = axis_of(axis), self.backend
        masks = backend.batch([(self.conductivity > 0.0)[self.phases]])
        (components,) = found = backend.components(masks)
        seams = {side: backend.sides(masks, found, side)[0] for side in periodic}
        spanning = backend.select(masks, found, [carrying(components, seams, index)])
        (solution,) = backend.solve_phases(
            backend.phases([self.phases]),
            self.conductivity,
            index,
            spanning=spanning,
            edges=self.edges,
            periodic=tuple(side in periodic for side in range(_DIMENSIONS)),
            keep_fields=fields,
        )
        conduction = Conduction(axis, solution.relative_diffusivity, solution.fraction, solution.converged)
        return (
            conduction,
            np.asarray(backend.to_host(spanning[0]), np.bool_) if fields else np.empty(0, np.bool_),
            solution,
        )


def _numbered(labels: Any, conductivities: Mapping[Any, float]) -> tuple[UInt8, Float64]:
    """The phases by number, and the conductivity of each."""
    volume = np.asarray(labels)
    if volume.ndim != _DIMENSIONS or volume.size == 0 or volume.dtype.kind not in "bui":
        raise VolumeError(f"expected whole numbers or booleans (z, y, x), got {volume.dtype} of shape {volume.shape}")
    values, phases = _ranked(volume.view(np.uint8) if volume.dtype == np.bool_ else volume)
    missing = [value for value in values if value not in conductivities]
    if missing:
        raise SettingsError(f"no conductivity for the labels {', '.join(map(str, missing))} of the volume")
    if len(values) > _MOST_PHASES:
        raise SettingsError(f"expected at most {_MOST_PHASES} phases, got {len(values)}")
    conductivity = np.array([float(conductivities[value]) for value in values])
    if not np.isfinite(conductivity).all() or (conductivity < 0.0).any():
        raise SettingsError(f"conductivities are numbers from 0 on, got {dict(conductivities)!r}")
    return phases, conductivity


def _ranked(volume: NDArray[Any]) -> tuple[list[int], UInt8]:
    """The labels of a volume in their order, and of each voxel the rank of its label."""
    lowest, highest = volume.min(), volume.max()
    if int(highest) - int(lowest) < _FEW:
        # labels are few and close together, and counting is faster than sorting
        above = volume if lowest == 0 else volume.astype(np.int64) - int(lowest)
        counts = np.bincount(above.ravel(), minlength=1)
        ranks = (counts > 0).cumsum() - 1
        values = (np.flatnonzero(counts) + int(lowest)).tolist()
        if len(values) == len(counts):
            # every label up to the highest is there, and is its own rank
            return values, above.astype(np.uint8, copy=False)
        return values, ranks.astype(np.uint8)[above.astype(np.uint16, copy=False)]
    present, ranked = np.unique(volume, return_inverse=True)
    return present.tolist(), ranked.reshape(volume.shape).astype(np.uint8)


def _check_sides(phases: UInt8, mirrored: Iterable[int]) -> None:
    """Warn where the sides of an axis that is not mirrored differ more than layers of the volume do."""
    for index, axis in enumerate(AXES):
        length = phases.shape[index]
        if index in mirrored or length == 1:
            continue
        layers = np.moveaxis(phases, index, 0)
        across = float((layers[0] != layers[-1]).mean())
        within = float((layers[1:] != layers[:-1]).mean())
        if across > _MISMATCH * within:
            warnings.warn(
                f"opposite sides across {axis} differ in {across:.1%} of their voxels, neighbouring layers in {within:.1%}: "
                f"the volume is not periodic along {axis}; mirror={axis!r} makes it so",
                UserWarning,
                stacklevel=3,
            )


def _layer_means(values: Float32, inside: Mask, axis: int) -> Float64:
    others = tuple(other for other in range(_DIMENSIONS) if other != axis)
    counts = inside.sum(axis=others)
    sums = np.where(inside, values, 0.0).sum(axis=others, dtype=np.float64)
    return np.asarray(np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0), np.float64)
