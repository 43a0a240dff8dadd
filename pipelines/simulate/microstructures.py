"""Synthetic pore masks: pure functions of their parameters and a seed.

Every generator returns a mask of axes ``(z, y, x)`` in which True is pore; the lengths it takes are in voxels.
The generators that take a ``porosity`` hit it to the voxel; the Boolean model cannot, and returns the number
density that its closed forms need.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...array_types import Float64, Mask
from ...errors import MissingExtraError, SettingsError

Shape = tuple[int, int, int]
Triple = tuple[float, float, float]

_KERNEL_REACH = 4.0
"""Standard deviations after which a Gaussian kernel no longer joins the two ends of a padded box."""


def gaussian_random_field(
    shape: Shape,
    porosity: float,
    correlation_length: float,
    anisotropy: Triple = (1.0, 1.0, 1.0),
    gradient: float = 0.0,
    *,
    seed: int,
    periodic: bool = False,
) -> Mask:
    """A Gaussian random field, cut at the quantile that gives ``porosity``.

    The field's autocorrelation along axis i is ``exp(-(r / l_i)^2)`` with ``l_i = correlation_length *
    anisotropy[i]``. ``gradient`` is the difference of expected local porosity between the last and the first layer
    of axis 0. Raises SettingsError for values that no field can have.
    """
    _check_shape(shape)
    _check_porosity(porosity)
    lengths = tuple(correlation_length * stretch for stretch in anisotropy)
    if min(lengths) <= 0:
        raise SettingsError(f"correlation lengths: expected three positive numbers, got {lengths}")
    if not 0 < porosity - abs(gradient) / 2 <= porosity + abs(gradient) / 2 < 1:
        raise SettingsError(f"gradient: a local porosity {porosity} -+ {abs(gradient) / 2} leaves (0, 1)")
    from scipy.special import ndtri

    field = _smooth_noise(shape, lengths, seed, periodic=periodic)
    heights = (np.arange(shape[0]) + 0.5) / shape[0] - 0.5
    level = ndtri(porosity + gradient * heights)
    return _lowest(field - level[:, None, None], porosity)


def white_noise(shape: Shape, porosity: float, *, seed: int) -> Mask:
    """Independent voxels, exactly ``round(porosity * size)`` of them pore."""
    _check_shape(shape)
    _check_porosity(porosity)
    return _lowest(np.random.default_rng(seed).random(shape), porosity)


@dataclass(frozen=True)
class BooleanModel:
    """One realisation of overlapping spheres and the parameters of its closed forms."""

    pore: Mask
    """True outside all spheres."""
    density: float
    """Expected number of sphere centres a voxel volume."""
    radius: float
    """Radius of the spheres in voxels."""
    centres: Float64
    """Centres in voxel coordinates ``[n, 3]``; voxel i has its centre at i."""

    @property
    def eta(self) -> float:
        """Reduced density ``density * 4 pi radius^3 / 3``; the expected porosity is ``exp(-eta)``."""
        return self.density * _ball_volume(self.radius)


def overlapping_spheres(
    shape: Shape,
    radius: float,
    *,
    porosity: float | None = None,
    density: float | None = None,
    seed: int,
    periodic: bool = False,
) -> BooleanModel:
    """The Boolean model: solid spheres of one radius at the points of a Poisson process.

    Either the expected ``porosity`` or the number ``density`` (centres a voxel volume) is given. Without
    ``periodic`` the process also fills a margin of one radius, so that the faces are like the inside.
    Source: Torquato, Random Heterogeneous Materials (2002), section 5.1.
    """
    _check_shape(shape)
    if radius <= 0:
        raise SettingsError(f"radius: expected a positive number of voxels, got {radius}")
    if (porosity is None) == (density is None):
        raise SettingsError(
            f"overlapping spheres: give porosity or density, got porosity={porosity}, density={density}"
        )
    if porosity is not None:
        _check_porosity(porosity)
        density = -math.log(porosity) / _ball_volume(radius)
    if density is None or density < 0:
        raise SettingsError(f"density: expected a number >= 0, got {density}")
    rng = np.random.default_rng(seed)
    margin = 0.0 if periodic else radius
    extent = np.asarray(shape, float) + 2 * margin
    centres = rng.random((rng.poisson(density * extent.prod()), 3)) * extent - margin - 0.5
    return BooleanModel(~_union_of_balls(shape, centres, radius, periodic=periodic), density, radius, centres)


def sphere_lattice(shape: Shape, spacing: int, solid_fraction: float) -> Mask:
    """Solid spheres on a simple cubic lattice of ``spacing`` voxels, in the middle of each cell.

    ``solid_fraction`` is that of the continuous spheres, below pi/6 where they touch.
    """
    _check_shape(shape)
    if not 0 < solid_fraction <= math.pi / 6:
        raise SettingsError(f"solid_fraction: expected a value in (0, pi/6], got {solid_fraction}")
    radius = spacing * (3 * solid_fraction / (4 * math.pi)) ** (1 / 3)
    squares = [np.asarray((np.arange(n) % spacing - (spacing - 1) / 2) ** 2, float) for n in shape]
    return np.asarray(_outer_sum(squares) > radius**2)


def blobs(shape: Shape, porosity: float, blobiness: float = 1.0, *, seed: int) -> Mask:
    """PoreSpy's blobs: blurred noise with a uniform histogram, cut at ``porosity``.

    Raises MissingExtraError without PoreSpy (extra ``network``).
    """
    _check_shape(shape)
    _check_porosity(porosity)
    try:
        import porespy
    except ModuleNotFoundError as error:
        raise MissingExtraError("porespy", "network", "generating blobs") from error
    field = porespy.generators.blobs(shape=shape, porosity=None, blobiness=blobiness, seed=seed)
    return _lowest(np.asarray(field, float), porosity)


def percolates(pore: Mask, axis: int = 0) -> bool:
    """Whether a path over voxel faces joins the two end faces of ``axis`` through the pore."""
    from scipy import ndimage

    labels, _ = ndimage.label(pore)
    ends = np.moveaxis(labels, axis, 0)
    return bool(np.intersect1d(ends[0], ends[-1]).any())


def _smooth_noise(shape: Shape, lengths: tuple[float, ...], seed: int, *, periodic: bool) -> Float64:
    """White noise under a Gaussian kernel, of zero mean and unit variance in expectation."""
    from scipy import fft

    # White noise under a kernel exp(-x^2 / 2 s^2) has the autocorrelation exp(-r^2 / 4 s^2).
    widths = [length / 2 for length in lengths]
    if periodic:
        box = list(shape)
    else:
        box = [
            fft.next_fast_len(n + math.ceil(_KERNEL_REACH * w), real=True) for n, w in zip(shape, widths, strict=True)
        ]
    spectrum = fft.rfftn(np.random.default_rng(seed).standard_normal(box))
    gains = [np.exp(-2 * (math.pi * w * fft.fftfreq(n)) ** 2) for n, w in zip(box, widths, strict=True)]
    spectrum *= gains[0][:, None, None]
    spectrum *= gains[1][None, :, None]
    spectrum *= gains[2][None, None, : spectrum.shape[2]]
    field = fft.irfftn(spectrum, s=box)[: shape[0], : shape[1], : shape[2]]
    return np.asarray(field / math.prod(math.sqrt(np.mean(gain**2)) for gain in gains))


def _lowest(field: Float64, porosity: float) -> Mask:
    """True for exactly the ``round(porosity * size)`` lowest values."""
    count = round(porosity * field.size)
    mask = np.zeros(field.size, bool)
    mask[np.argpartition(field, max(count - 1, 0), axis=None)[:count]] = True
    return mask.reshape(field.shape)


def _union_of_balls(shape: Shape, centres: Float64, radius: float, *, periodic: bool) -> Mask:
    covered = np.zeros(shape, bool)
    for centre in centres:
        first = np.ceil(centre - radius).astype(int)
        last = np.floor(centre + radius).astype(int)
        if not periodic:
            first = np.maximum(first, 0)
            last = np.minimum(last, np.asarray(shape) - 1)
        if np.any(last < first):
            continue
        axes = [np.arange(a, b + 1) for a, b in zip(first, last, strict=True)]
        inside = _outer_sum([(axis - c) ** 2 for axis, c in zip(axes, centre, strict=True)]) <= radius**2
        wrapped = [axis % n for axis, n in zip(axes, shape, strict=True)]
        covered[np.ix_(*wrapped)] |= inside
    return covered


def _outer_sum(terms: list[Float64]) -> Float64:
    return np.asarray(terms[0][:, None, None] + terms[1][None, :, None] + terms[2][None, None, :])


def _ball_volume(radius: float) -> float:
    return 4 * math.pi * radius**3 / 3


def _check_shape(shape: Shape) -> None:
    if len(shape) != 3 or min(shape) < 1:  # noqa: PLR2004  a volume has three axes
        raise SettingsError(f"shape: expected three positive numbers of voxels, got {shape}")


def _check_porosity(porosity: float) -> None:
    if not 0 < porosity < 1:
        raise SettingsError(f"porosity: expected a value in (0, 1), got {porosity}")
