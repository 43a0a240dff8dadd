"""Volumes that descriptors are tried on: ordinary ones and extreme ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def smooth_noise(shape: tuple[int, int, int], porosity: float, *, length: float, seed: int) -> NDArray[np.bool_]:
    """Pore where white noise, smoothed over ``length`` voxels, is low."""
    square = sum(wave**2 for wave in np.meshgrid(*(np.fft.fftfreq(edge) for edge in shape), indexing="ij"))
    noise = np.random.default_rng(seed).standard_normal(shape)
    field = np.fft.ifftn(np.fft.fftn(noise) * np.exp(-2.0 * (np.pi * length) ** 2 * square)).real
    return np.asarray(field < np.quantile(field, porosity))


def ordinary_volumes() -> dict[str, NDArray[np.bool_]]:
    """Volumes with edges of different lengths, whose pores lead through them and not."""
    return {
        "open pores": smooth_noise((22, 18, 14), 0.5, length=1.5, seed=1),
        "few pores": smooth_noise((16, 24, 20), 0.12, length=1.5, seed=2),
        "white noise": np.random.default_rng(3).random((14, 17, 19)) < 0.35,  # noqa: PLR2004  a porosity
    }


DEGENERATE: Mapping[str, NDArray[np.bool_]] = {
    "all pore": np.ones((5, 6, 7), bool),
    "all solid": np.zeros((5, 6, 7), bool),
    "a single pore voxel": np.ones((1, 1, 1), bool),
    "a single solid voxel": np.zeros((1, 1, 1), bool),
    "a row": np.array([[[True, False, True, True, False]]]),
    "a column": np.array([True, True, False]).reshape(3, 1, 1),
    "one voxel thick": smooth_noise((1, 12, 12), 0.5, length=1.5, seed=5),
    "checkerboard": np.indices((6, 6, 6)).sum(axis=0) % 2 == 0,
    "eight voxels": np.array([[[1, 0], [0, 0]], [[1, 1], [0, 1]]], bool),
    "one pore in solid": np.pad(np.ones((1, 1, 1), bool), 2),
    "one grain in pore": ~np.pad(np.ones((1, 1, 1), bool), 2),
    "no path": np.concatenate([np.ones((3, 6, 6), bool), np.zeros((2, 6, 6), bool), np.ones((3, 6, 6), bool)]),
}
"""Volumes at the edge of what a volume is."""
