"""Depth, height and width among the axes of a TIFF file, by what the file declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import VolumeError
from .voxels import picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = {
    "T": ("time points", "where they are slices, swap the axes (ImageJ: Image > Hyperstacks > Re-order)"),
    "C": ("channels", "save one channel; where they are slices, declare axes ZYX (ImageJ: Image > Properties)"),
    "S": ("samples a pixel", "save one of them"),
}
_DEPTHS = "ZIQ"
"""Letters of axes that may be depth: declared as such, the pages of the file, or an axis that was given no name."""
_THREE = 3


@dataclass(frozen=True)
class Layout:
    """Positions of depth, height and width among the axes of ``stored`` shape; axes of length 1 elsewhere vanish."""

    stored: tuple[int, ...]
    order: tuple[int, ...]
    """Positions of z (None for a picture's missing depth is -1), y and x."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the volume (z, y, x)."""
        z, y, x = (1 if place < 0 else self.stored[place] for place in self.order)
        return z, y, x

    def apply(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """The stored values as a volume."""
        present = [place for place in self.order if place >= 0]
        others = [place for place in range(len(self.stored)) if place not in present]
        return voxels.reshape(self.stored).transpose(*others, *present).reshape(self.shape)


def layout_of(series: Any, *, two_dimensional: bool) -> Layout:
    """The layout of one series; VolumeError names the axes that are not of space, or says that it is a picture."""
    axes = str(series.get_axes(squeeze=False))
    shape = tuple(int(length) for length in series.get_shape(squeeze=False))
    if set(axes) <= set("QYX"):
        return _unnamed(shape, two_dimensional=two_dimensional)
    long = [place for place, length in enumerate(shape) if length > 1]
    foreign = [place for place in long if axes[place] not in {*_DEPTHS, "Y", "X"}]
    if foreign:
        letter, length = axes[foreign[0]], shape[foreign[0]]
        name, remedy = _NAMES.get(letter, (f"steps along the axis {letter}", "save one of them"))
        raise VolumeError(
            f"expected three dimensions (z, y, x), got {length} {name}: axes {axes}, shape {shape}; {remedy}"
        )
    depths = [place for place in long if axes[place] in _DEPTHS]
    if len(depths) > 1 or "Y" not in axes or "X" not in axes:
        raise VolumeError(f"expected three dimensions (z, y, x), got axes {axes}, shape {shape}")
    if not depths and not two_dimensional:
        raise VolumeError(picture(shape[axes.index("Y")], shape[axes.index("X")]))
    return Layout(shape, (depths[0] if depths else -1, axes.index("Y"), axes.index("X")))


def _unnamed(shape: tuple[int, ...], *, two_dimensional: bool) -> Layout:
    """Layout of unnamed axes, as in arrays: the last three, leading ones of length 1 left out."""
    start = 0
    while len(shape) - start > _THREE and shape[start] == 1:
        start += 1
    places = tuple(range(start, len(shape)))
    while len(places) > _THREE and any(shape[place] == 1 for place in places):
        dropped = next(place for place in places if shape[place] == 1)
        places = tuple(place for place in places if place != dropped)
    if len(places) == _THREE:
        return Layout(shape, places)
    if len(places) == _THREE - 1:
        if not two_dimensional:
            raise VolumeError(picture(*shape[-2:]))
        return Layout(shape, (-1, *places))
    raise VolumeError(f"expected three dimensions (z, y, x), got {len(places)}: shape {shape}")
