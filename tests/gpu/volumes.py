"""Thirty volumes: random, degenerate, imaged, not cubic, and one of 200^3; small ones where the device is emulated."""

import os
from functools import cache
from pathlib import Path

import numpy as np

from poregrove.pipelines.simulate.microstructures import gaussian_random_field, white_noise

SMALL = bool(os.environ.get("POREGROVE_EMULATED"))
SAMPLE = Path(__file__).parents[2] / "pipelines" / "simulate" / "sample" / "data" / "images"


def edge(length):
    """A length in voxels, a sixth of it where the device is emulated."""
    return max(8, length // 6) if SMALL else length


def field(shape, porosity, length, seed):
    return gaussian_random_field(tuple(map(edge, shape)), porosity, length, seed=seed)


def noise(shape, porosity, seed):
    return white_noise(tuple(map(edge, shape)), porosity, seed=seed)


def image(position):
    """Crops of imaged volumes where the reference data are at hand, else volumes of the shipped sample."""
    import tifffile

    root = os.environ.get("POREGROVE_REFERENCE")
    if root is None:
        voxels = tifffile.imread(sorted(SAMPLE.glob("*.tif"))[8 * position])
    else:
        name = ("cathode_nmc_128", "sandstone_berea_128")[position // 2]
        voxels = tifffile.imread(Path(root, "volumes", f"{name}.tif"))
    crop = (slice(0, edge(96)),) * 3
    return voxels[crop] == (0 if position % 2 else voxels.max())


def dead_end():
    volume = np.zeros((12, 9, 9), bool)
    volume[:, 2:4, 2:4] = True
    volume[5, 2:8, 2:8] = True
    volume[:7, 6, 6] = True
    return volume


def no_path():
    return np.concatenate([np.ones((5, 11, 8), bool), np.zeros((1, 11, 8), bool), np.ones((6, 11, 8), bool)])


VOLUMES = {
    "field .35": lambda: field((128, 128, 128), 0.35, 6.0, 1),
    "field .45": lambda: field((128, 128, 128), 0.45, 6.0, 2),
    "field .55": lambda: field((128, 128, 128), 0.55, 6.0, 3),
    "fine field": lambda: field((96, 96, 96), 0.4, 2.5, 4),
    "coarse field": lambda: field((96, 96, 96), 0.5, 14.0, 5),
    "open field": lambda: field((64, 64, 64), 0.8, 5.0, 6),
    "dense field": lambda: field((64, 64, 64), 0.2, 5.0, 7),
    "isolated field": lambda: field((64, 64, 64), 0.08, 5.0, 8),
    "noise at the threshold": lambda: noise((96, 96, 96), 0.33, 9),
    "noise .35": lambda: noise((96, 96, 96), 0.35, 10),
    "noise .5": lambda: noise((64, 64, 64), 0.5, 11),
    "noise .9": lambda: noise((48, 48, 48), 0.9, 12),
    "all pore": lambda: np.ones((16, 17, 18), bool),
    "all solid": lambda: np.zeros((16, 17, 18), bool),
    "one voxel": lambda: np.ones((1, 1, 1), bool),
    "a row": lambda: np.array([[[True, False, True, True, False]]]),
    "a channel": lambda: np.pad(np.ones((20, 2, 3), bool), ((0, 0), (4, 5), (6, 2))),
    "one pore in solid": lambda: np.pad(np.ones((1, 1, 1), bool), 3),
    "one grain in pore": lambda: ~np.pad(np.ones((1, 1, 1), bool), 3),
    "checkerboard": lambda: np.indices((10, 11, 12)).sum(axis=0) % 2 == 0,
    "no path": no_path,
    "dead end": dead_end,
    "imaged, first": lambda: image(0),
    "imaged, second": lambda: image(1),
    "imaged, third": lambda: image(2),
    "imaged, fourth": lambda: image(3),
    "flat": lambda: field((20, 128, 100), 0.45, 5.0, 13),
    "long": lambda: field((160, 40, 30), 0.5, 5.0, 14),
    "one voxel thick": lambda: field((1, 90, 90), 0.5, 5.0, 15)[:1],
    "200^3": lambda: field((200, 200, 200), 0.45, 6.0, 16),
}


@cache
def volume(name):
    """bool[z, y, x], read-only, made once."""
    mask = np.ascontiguousarray(VOLUMES[name]())
    mask.flags.writeable = False
    return mask
