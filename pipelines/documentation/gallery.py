"""The gallery: one picture a family of descriptors, drawn over the pores of one volume, of what the family measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...array_types import Float64, Mask, UInt8
from ...features import descriptors
from ...features.backends import get_backend
from ...features.batch import Batch
from ...files import replacing
from ...reports.figures.render_volume import still

EDGE = 48
POROSITY = 0.45
REACH = 6
"""Voxels of the segments and pairs that are drawn."""
BOX = 8


@dataclass(frozen=True)
class Picture:
    """What a family's picture shows: a field over the voxels, from low (blue) to high (yellow), or none."""

    caption: str
    field: Callable[[Mask], Float64] | None
    of_solid: bool = False
    """Whether the solid is drawn and not the pore."""


def electrode(edge: int = EDGE, porosity: float = POROSITY, seed: int = 4) -> Mask:
    """Pores some eight voxels wide: smooth noise, cut where that gives the porosity."""
    waves = np.fft.fftfreq(edge)
    square = waves[:, None, None] ** 2 + waves[:, None] ** 2 + waves**2
    noise = np.random.default_rng(seed).standard_normal((edge, edge, edge))
    field = np.fft.ifftn(np.fft.fftn(noise) * np.exp(-170.0 * square)).real
    return np.asarray(field < np.quantile(field, porosity))


def _layers(mask: Mask) -> Float64:
    """Porosity of the layer across z in which a voxel lies."""
    return np.broadcast_to(mask.mean(axis=(1, 2))[:, None, None], mask.shape).astype(float)


def _chords(mask: Mask, axis: int = 0) -> Float64:
    """Length of the straight run of pore along an axis through each voxel."""
    turned = np.moveaxis(mask, axis, -1)
    padded = np.zeros((*turned.shape[:-1], turned.shape[-1] + 2), np.int8)
    padded[..., 1:-1] = turned
    steps = np.diff(padded, axis=-1)
    starts, ends = np.nonzero(steps == 1), np.nonzero(steps == -1)
    lengths = np.zeros(turned.shape)
    for line, start, end in zip(zip(*starts[:-1], strict=True), starts[-1], ends[-1], strict=True):
        lengths[(*line, slice(start, end))] = end - start
    return np.moveaxis(lengths, -1, axis)


def _stretched(mask: Mask) -> Float64:
    """Chord along z over the sum of those along z and x: one half where a pore is as long as it is wide."""
    along, across = _chords(mask, 0), _chords(mask, 2)
    return np.divide(along, along + across, out=np.zeros(mask.shape), where=mask)


def _segments(mask: Mask) -> Float64:
    """Voxels from which a segment of ``REACH`` steps along z lies in the pore whole."""
    held = mask.copy()
    for step in range(1, REACH + 1):
        held[:-step] &= mask[step:]
        held[-step:] = False
    return held.astype(float)


def _pairs(mask: Mask) -> Float64:
    """Voxels whose partner ``REACH`` steps along z is pore as well, whatever lies between."""
    held = np.zeros(mask.shape)
    held[:-REACH] = mask[:-REACH] & mask[REACH:]
    return held


def _faces(mask: Mask) -> Float64:
    """Number of a voxel's faces that touch the solid."""
    padded = np.pad(mask, 1, mode="edge")
    inner = tuple(slice(1, -1) for _ in range(3))
    shifted = (np.roll(padded, step, axis)[inner] for axis in range(3) for step in (-1, 1))
    return sum(((~other).astype(float) for other in shifted), start=np.zeros(mask.shape))


def _boxes(mask: Mask) -> Float64:
    """Share of pore in the box of ``BOX``^3 voxels around each voxel."""
    boxes = mask.reshape(-1, BOX, mask.shape[1] // BOX, BOX, mask.shape[2] // BOX, BOX).mean(axis=(1, 3, 5))
    return np.kron(boxes, np.ones((BOX, BOX, BOX)))


def _computed(name: str) -> Callable[[Mask], Float64]:
    """A field that the CPU back end computes on the way to a descriptor."""

    def field(mask: Mask) -> Float64:
        backend = get_backend("cpu")
        batch = Batch([mask], backend)
        squared = batch.squared_distance("pore")
        made: Mapping[str, Callable[[], object]] = {
            "distance": lambda: np.sqrt(squared[0]),
            "thickness": lambda: np.sqrt(backend.local_thickness(squared)[0]),
            "bottleneck": lambda: np.sqrt(backend.bottleneck_map(squared, 0, 1)[0]),
            "intrusion": lambda: np.sqrt(backend.local_thickness(backend.bottleneck_map(squared, 0, 1))[0]),
            "geodesic": lambda: backend.geodesic_distance(batch.pore, 0, 0)[0],
            "flux": lambda: _flux(batch.pore, batch.spanning("pore", "z")),
        }
        return np.asarray(np.nan_to_num(np.asarray(made[name](), float), posinf=0.0))

    return field


def _flux(masks: object, spanning: object) -> Float64:
    (result,) = get_backend("cpu").solve_diffusion(masks, 0, spanning=spanning, keep_throughput=True)
    flow = np.asarray(result.throughput, float)
    return np.asarray(np.minimum(flow, np.quantile(flow[flow > 0], 0.99)))


def _conducting(mask: Mask) -> Float64:
    """Voxels that carry at least a tenth of the mean flux."""
    flow = _computed("flux")(mask)
    return np.asarray(flow >= 0.1 * flow[mask].mean(), float)


def _parts(mask: Mask) -> Float64:
    """Which faces across z a voxel's component reaches: none, one, both."""
    (found,) = get_backend("cpu").components([mask])
    reached = np.asarray(found.touches(0, 0), float) + np.asarray(found.touches(0, 1), float)
    (low,) = get_backend("cpu").select([mask], [found], [reached >= 1])
    (both,) = get_backend("cpu").select([mask], [found], [reached >= 2])  # noqa: PLR2004  both of two faces
    return 0.15 * mask + 0.35 * np.asarray(low) + 0.5 * np.asarray(both)


def _pores(mask: Mask) -> Float64:
    """Pores as a watershed would part them: each voxel goes with the widest place that is near."""
    thickness = _computed("thickness")(mask)
    return np.asarray(np.rint(thickness / thickness.max() * 4) / 4)


PICTURES: Mapping[str, Picture] = {
    "anisotropy": Picture("Chords along z against those along x: yellow where pores are stretched along z.", _stretched),
    "bottleneck": Picture("The widest way to each voxel from the top face: its narrowest place, wide in yellow.", _computed("bottleneck")),
    "chord_length": Picture("The length of the straight run of pore along z through each voxel.", _chords),
    "fractal_dimension": Picture("Boxes of 8 voxels by their share of pore: boxes that hold both phases are counted, at every size.", _boxes),
    "geodesic_tortuosity": Picture("The length of the shortest way inside the pore from the bottom face.", _computed("geodesic")),
    "lineal_path": Picture("Yellow: a segment of 6 voxels along z from here stays in the pore.", _segments),
    "local_thickness": Picture("The radius of the largest ball that fits into the pore and covers the voxel.", _computed("thickness")),
    "mercury_intrusion": Picture("The radius at which a liquid that is pressed in from the top face arrives.", _computed("intrusion")),
    "minkowski": Picture("Faces between pore and solid, which surface, curvature and Euler number are counted from.", _faces),
    "partition": Picture("Pore that reaches both faces across z (yellow), one of them, or none (blue).", _parts),
    "porosity": Picture("The pore itself: its share of the voxels.", None),
    "profile": Picture("The porosity of each layer across z, and how it varies.", _layers),
    "two_point_correlation": Picture("Yellow: the voxel 6 steps further along z is pore as well, whatever lies between.", _pairs),
    "wall_distance": Picture("The distance to the nearest solid.", _computed("distance")),
    "conducting": Picture("Yellow: voxels that take part in diffusion along z; blue: dead ends and stagnant corners.", _conducting),
    "conductivity": Picture("The solid, and how much of a steady current along z flows through each of its voxels.", _computed("flux"), of_solid=True),
    "diffusion": Picture("The steady flow of diffusion along z through each voxel, from which the tortuosity factor comes.", _computed("flux")),
    "pore_network": Picture("Wide places become pores, the narrow ones between them throats.", _pores),
}  # fmt: skip
"""A picture for each family."""


def families() -> Sequence[str]:
    """Families of all tiers in the order of the descriptors' page."""
    return tuple(dict.fromkeys(column.family for column in descriptors()))


def gallery_page() -> str:
    """Every family with its picture and its columns."""
    lines = [
        "# Gallery",
        "",
        f"What each family of descriptors measures, drawn by the report's own renderer over one volume of {EDGE}^3 voxels with a",
        f"porosity of {POROSITY:g}. The pore is shown and the solid is clear unless said otherwise; z points up. Colours go from low (blue) to high (yellow).",
        "",
    ]
    for family in families():
        names = [column.name for column in descriptors() if column.family == family]
        lines += [
            f"## {family.replace('_', ' ')}",
            "",
            f"![{PICTURES[family].caption}](images/families/{family}.png)",
            "",
        ]
        shown = ", ".join(f"`{name}`" for name in names[:4])
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""  # noqa: PLR2004  four names fit a line
        lines += [f"{PICTURES[family].caption} {shown}{more} ([all](descriptors.md#{family.replace('_', '-')})).", ""]
    return "\n".join(lines)


def picture(family: str, mask: Mask | None = None) -> bytes:
    """PNG of a family's picture over a volume, by default that of the gallery."""
    pore = electrode() if mask is None else mask
    drawn = ~pore if PICTURES[family].of_solid else pore
    field = PICTURES[family].field
    return still(drawn, None if field is None else _bytes(field(drawn), drawn))


def _bytes(values: Float64, pore: Mask) -> UInt8:
    """Values over the pore from its least to its greatest in 255 steps."""
    low, high = values[pore].min(), values[pore].max()
    shares = np.rint((values - low) * (255.0 / ((high - low) or 1.0)))
    return np.asarray(np.clip(shares, 0, 255), np.uint8)


def write_pictures(folder: Path) -> None:
    """Write the picture of every family that has none yet into ``folder``, so that pictures change by being removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for family in families():
        path = folder / f"{family}.png"
        if not path.exists():
            with replacing(path) as part:
                part.write_bytes(picture(family))
