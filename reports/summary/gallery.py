"""Volumes to look at: their numbers, and voxels and fields made small enough to travel on a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...array_types import Mask, UInt8
from ...errors import RunError
from ..tables import records
from .context import Context
from .downsample import coarse, reduced
from .estimate import number

MAX_VOLUMES = 8
MAX_EDGE = 128
"""Voxels along the longest edge of a volume on the page; larger ones are halved until they fit."""
FIELD_EDGE = 24
"""Blocks along the longest edge of a field on the page."""
_FACTS: tuple[tuple[str, str], ...] = (
    ("porosity", "porosity"),
    ("tortuosity_factor_z", "tortuosity factor, z"),
    ("local_thickness_mean_pore", "mean pore radius"),
)


@dataclass(frozen=True)
class Fact:
    """A descriptor of the volume."""

    label: str
    value: float
    unit: str


@dataclass(frozen=True)
class ColourField:
    """A field over the pore: mean of each block of voxels in 255 steps up to ``most``."""

    name: str
    label: str
    unit: str
    most: float
    blocks: UInt8 = field(repr=False)


@dataclass(frozen=True)
class View:
    """A volume of the gallery; ``volume`` is what is shown, of every ``step``-th voxel of the original along each axis."""

    key: str
    digest: str
    name: str
    roles: tuple[str, ...]
    caption: str
    shape: tuple[int, int, int]
    edge: float
    facts: tuple[Fact, ...]
    step: int
    volume: Mask = field(repr=False)
    fields: tuple[ColourField, ...]


@dataclass(frozen=True)
class Gallery:
    """The views, or the reason why there are none."""

    views: tuple[View, ...]
    reason: str

    def view(self, digest: str) -> View | None:
        """The view of a volume, if it has one."""
        return next((item for item in self.views if item.digest == digest), None)


def gallery(context: Context) -> Gallery:
    """The volumes of gallery.parquet, in its order. RunError where bits and shape contradict each other."""
    features = context.run.table("features")
    described = {record["volume_digest"]: record for record in records(features)} if len(features) else {}
    units = {item.get("name"): item.get("unit", "-") for item in context.run.manifest.get("descriptors") or ()}
    table = context.run.table("gallery").head(MAX_VOLUMES)
    views = tuple(
        _view(context, index, record, described.get(record["volume_digest"], {}), units)
        for index, record in enumerate(records(table), start=1)
    )
    return Gallery(views, "" if views else "This run keeps no voxels to look at.")


def _view(
    context: Context, index: int, record: Mapping[str, Any], described: Mapping[str, Any], units: Mapping[str, str]
) -> View:
    shape = (int(record["nz"]), int(record["ny"]), int(record["nx"]))
    pore, where = _bits(record["pore"], shape), f"{context.run.path / 'gallery.parquet'}: {record['filename']}"
    if pore is None:
        raise RunError(f"{where}: expected {math.prod(shape)} voxels as bits, got {8 * len(record['pore'])}")
    volume, step = reduced(pore, MAX_EDGE)
    voxel = number(record["voxel_size"])
    scale = voxel if voxel == voxel else 1.0  # noqa: PLR0124  NaN: lengths stay in voxels
    unit = "m" if voxel == voxel else "voxels"  # noqa: PLR0124
    declared = (
        ("thickness", "local thickness, radius", unit, number(record["thickness_max"]) * scale),
        ("flux", "flux along z over its mean", "-", number(record["flux_max"])),
    )
    fields = []
    for name, label, of, most in declared:
        content = record[name] or b""
        if content and len(content) != math.prod(shape):
            raise RunError(f"{where}: expected {math.prod(shape)} values of {name}, got {len(content)}")
        if content:
            values = np.frombuffer(content, np.uint8).reshape(shape)
            fields.append(ColourField(name, label, of, most, coarse(values, pore, FIELD_EDGE)))
    return View(
        key=f"volume-{index}",
        digest=str(record["volume_digest"]),
        name=str(record["filename"]),
        roles=tuple(part for part in str(record["role"] or "").split("; ") if part),
        caption=str(record["caption"] or ""),
        shape=shape,
        edge=voxel,
        facts=tuple(
            Fact(label, value, _length(units.get(name, "-"), unit))
            for name, label in _FACTS
            if (value := number(described.get(name))) == value
        ),
        step=step,
        volume=volume,
        fields=tuple(fields),
    )


def _length(unit: str, known: str) -> str:
    """Descriptors of a length are in voxels where the edge of a voxel is unknown."""
    return known if unit == "m" else unit


def _bits(content: bytes, shape: tuple[int, int, int]) -> Mask | None:
    size = math.prod(shape)
    if len(content) != -(-size // 8):
        return None
    return np.unpackbits(np.frombuffer(content, np.uint8), count=size).reshape(shape).astype(bool)
