"""A picture of a volume's pore space: rays through voxels, orthographic, lit from above.

The browser draws the same scene (script/webgl.js and script/raster.js); this one stands there before it does, on
paper and without scripts.
"""

from __future__ import annotations

import math

import numpy as np

from ...array_types import Float64, Intp, Mask, UInt8
from .png import png

PIXELS = 224
TURN, TILT = math.radians(35.0), math.radians(28.0)
REACH = 0.92
"""Half of the picture's side over half of the volume's space diagonal."""
LIGHT = (1.0, 0.72, 0.86)
"""Brightness of the faces across z, y and x."""
COLOURS = ((24, 47, 84), (32, 90, 117), (47, 132, 132), (104, 172, 130), (176, 207, 133), (247, 234, 170))
"""Colours from low to high: lightness grows steadily, hue goes from blue to yellow, for any colour vision."""
PLAIN = (70, 140, 140)
STEPS, SHADES = 16, 9


def still(pore: Mask, colours: UInt8 | None) -> bytes:
    """PNG of the pore of a volume (z, y, x), in the colours of a field over blocks of it, or in one."""
    hit, face = march(pore, *rays(pore.shape))
    indices = np.zeros(PIXELS * PIXELS, np.uint8)
    seen = hit[:, 0] >= 0
    at = hit[seen]
    level = np.full(len(at), STEPS)
    if colours is not None:
        block = [-(-size // cells) for size, cells in zip(pore.shape, colours.shape, strict=True)]
        level = np.rint(colours[tuple((at // block).T)] / 255 * (STEPS - 1)).astype(int)
    light = np.asarray(LIGHT)[face[seen]] * _open(pore, at, face[seen])
    shade = np.clip(np.rint(light * (SHADES - 1)), 0, SHADES - 1).astype(int)
    indices[seen] = 1 + level * SHADES + shade
    # A palette has 256 places: drop the colours that do not occur.
    used, packed = np.unique(np.r_[0, indices], return_inverse=True)
    palette = np.vstack([[(0, 0, 0)], _palette()])[used]
    return png(packed[1:].reshape(PIXELS, PIXELS).astype(np.uint8), palette.astype(np.uint8))


def _ramp() -> Float64:
    stops = np.linspace(0, 1, len(COLOURS))
    return np.stack([np.interp(np.linspace(0, 1, STEPS), stops, part) for part in np.transpose(COLOURS)], axis=1)


RAMP = tuple(tuple(int(part) for part in np.rint(colour)) for colour in _ramp())
"""The colours in ``STEPS`` steps."""


def _palette() -> Float64:
    """Colours by level and shade, the plain one last."""
    light = np.linspace(0, 1, SHADES)[None, :, None]
    return np.rint(np.vstack([RAMP, [PLAIN]])[:, None] * light).reshape(-1, 3)


def view(turn: float = TURN, tilt: float = TILT) -> Float64:
    """Rows right, up and forward of a camera, in (x, y, z): it looks from the high ends of all axes to the middle."""
    forward = -np.array([math.cos(tilt) * math.sin(turn), math.cos(tilt) * math.cos(turn), math.sin(tilt)])
    right = np.array([-math.cos(turn), math.sin(turn), 0.0])
    return np.stack([right, np.cross(right, forward), forward])


def rays(shape: tuple[int, ...]) -> tuple[Float64, Float64]:
    """Origins (one a pixel, rows from the top) and the common direction, in voxels along (z, y, x)."""
    size = np.asarray(shape[::-1], float)
    reach = REACH * float(np.linalg.norm(size)) / 2
    across = (np.arange(PIXELS) + 0.5) / PIXELS * 2 - 1
    u, v = np.meshgrid(across * reach, -across * reach)
    right, up, forward = view()
    origins = size / 2 + u.reshape(-1, 1) * right + v.reshape(-1, 1) * up - forward * np.linalg.norm(size)
    return np.ascontiguousarray(origins[:, ::-1]), forward[::-1].copy()


def march(mask: Mask, origins: Float64, direction: Float64) -> tuple[Intp, Intp]:
    """The first True voxel that each ray meets, (-1, -1, -1) for none, and across which axis it is entered.

    From face to face as in Amanatides and Woo 1987.
    """
    size = np.asarray(mask.shape)
    slope = np.where(np.abs(direction) < 1e-12, 1e-12, direction)  # noqa: PLR2004  parallel to a face
    first, last = (np.where(slope > 0, low, high) for low, high in ((0, size), (size, 0)))
    enter, leave = (first - origins) / slope, (last - origins) / slope
    start, end = enter.max(axis=1), leave.min(axis=1)
    alive = np.flatnonzero(start < end)
    hit, face = np.full((len(origins), 3), -1), np.zeros(len(origins), int)
    across = enter[alive].argmax(axis=1)
    point = origins[alive] + start[alive, None] * slope
    voxel = np.clip(np.floor(point + 1e-9 * slope).astype(int), 0, size - 1)
    # the face that is entered through leaves no doubt about its layer
    rows = np.arange(len(alive))
    voxel[rows, across] = np.where(slope > 0, 0, size - 1)[across]
    step = np.where(slope > 0, 1, -1)
    ahead = (voxel + (slope > 0) - origins[alive]) / slope
    pace = np.abs(1 / slope)
    while len(alive):
        met = mask[tuple(voxel.T)]
        hit[alive[met]], face[alive[met]] = voxel[met], across[met]
        keep = ~met
        alive, voxel, ahead = alive[keep], voxel[keep], ahead[keep]
        across = ahead.argmin(axis=1)
        rows = np.arange(len(alive))
        voxel[rows, across] += step[across]
        ahead[rows, across] += pace[across]
        inside = ((voxel >= 0) & (voxel < size)).all(axis=1)
        alive, voxel, ahead, across = alive[inside], voxel[inside], ahead[inside], across[inside]
    return hit, face


def _open(mask: Mask, at: Intp, face: Intp, near: int = 3) -> Float64:
    """Openness of the neighbourhood in front of a face: 1 in the open, darker in crevices."""
    padded = np.pad(mask, near).astype(np.float64)
    for axis in range(3):
        total = np.cumsum(padded, axis=axis)
        window = 2 * near + 1
        total = np.concatenate([np.zeros_like(total.take([0], axis)), total], axis=axis)
        ahead = total.take(np.arange(window, total.shape[axis]), axis)
        padded = (ahead - total.take(np.arange(total.shape[axis] - window), axis)) / window
    front = at.copy()
    # the camera looks from the high ends, so every face that is seen faces up its axis
    front[np.arange(len(at)), face] += near
    inside = (front < np.asarray(mask.shape)).all(axis=1)
    filled = np.zeros(len(at))
    filled[inside] = padded[tuple(front[inside].T)]
    return np.asarray(1.0 - 0.55 * filled)
