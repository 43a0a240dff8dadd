"""Valid files of every other format with flipped bytes, cut ends and spliced pieces: headers most of all."""

import dataclasses
import importlib.util
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from poregrove.features import binarise
from poregrove.features.formats import read_scan
from poregrove.features.voxels import ReadOptions

LIMIT = ReadOptions(max_voxels=100_000, shape=(5, 20, 18), dtype="uint8", two_dimensional=True)
SHARE = 0.01
"""Of all cases, for each of the files."""
HEADER = 600
"""Bytes at the beginning that are hit most."""
_spec = importlib.util.spec_from_file_location(
    "writers", Path(__file__).parents[1] / "features" / "formats" / "conftest.py"
)
writers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writers)
FILES = [
    name
    for name in writers.WRITERS
    if Path(name).suffix not in ("", ".zarr", ".tif") and not name.startswith(("detached", "fortran"))
]


@pytest.mark.parametrize("name", FILES)
def test_no_file_does_harm(cases, harmless, spoilt, tmp_path, name):
    voxels = np.random.default_rng(0).integers(0, 2, (5, 20, 18), np.uint8) * 255
    path = tmp_path / name
    writers.WRITERS[name][0](path, voxels)
    content = path.read_bytes()
    read_scan(path, LIMIT)
    places = [*range(0, min(HEADER, len(content)), 4)] * 4 + [*range(0, len(content), 16)]

    @cases.settings(SHARE)
    @given(spoilt([content], lambda _content: places))
    def check(content):
        path.write_bytes(content)
        with harmless(tmp_path):
            scan = read_scan(path, LIMIT)
            assert scan.voxels.ndim == 3
            assert 0 < scan.voxels.size <= LIMIT.max_voxels
            assert binarise(scan.voxels)[0].shape == scan.voxels.shape

    check()


@pytest.mark.parametrize("name", ["store.zarr", "ome.zarr", "slices", "png"])
def test_no_folder_does_harm(cases, harmless, spoilt, tmp_path, name):
    """One file of the folder is spoilt at a time: metadata, a chunk or a slice."""
    voxels = np.random.default_rng(0).integers(0, 2, (5, 20, 18), np.uint8) * 255
    path = tmp_path / name
    writers.WRITERS[name][0](path, voxels)
    read_scan(path, LIMIT)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    chosen = dict.fromkeys(
        [*(file for file in files if file.suffix == ".json" or file.name.startswith(".z")), *files[-1:]]
    )
    number = dataclasses.replace(cases, total=max(1, cases.total // len(chosen)))
    for file in chosen:
        spoil_one(file, path, number, harmless, spoilt)


def spoil_one(file, path, cases, harmless, spoilt):
    sound = file.read_bytes()

    @cases.settings(SHARE)
    @given(spoilt([sound]))
    def check(content):
        file.write_bytes(content)
        with harmless(path):
            assert read_scan(path, LIMIT).voxels.ndim == 3

    check()
    file.write_bytes(sound)


logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)
