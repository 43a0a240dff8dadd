"""Voxels as bits in a run folder."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import tifffile

from poregrove.errors import DataSetError, RunError, VolumeError
from poregrove.pipelines.data.phase import PoreConvention, open_volume
from poregrove.pipelines.extraction.voxel_store import VolumesInMemory, pack_volumes
from poregrove.pipelines.settings import VolumeSettings

PHASE = PoreConvention("upper")


@pytest.fixture
def files(tmp_path):
    """Four volumes whose last axis is no multiple of eight: (name, path) by digest, and their masks."""
    rng = np.random.default_rng(0)
    files, masks = {}, []
    for number in range(4):
        mask = rng.random((5, 6, 11)) < 0.4
        path = tmp_path / f"{number}.tif"
        tifffile.imwrite(path, mask.astype(np.uint8) * 255)
        files[open_volume(path, PHASE, VolumeSettings()).digest] = (path.name, path)
        masks.append(mask)
    return files, masks


def pack(folder, files, digests=None):
    return pack_volumes(folder / "volumes.bits", files, digests or list(files), PHASE, VolumeSettings())


def unpacked(volumes, index):
    return np.unpackbits(volumes.read(index), axis=-1, count=volumes.shape[2]).astype(bool)


def test_volumes_come_back_in_the_order_asked_for(files, tmp_path):
    files, masks = files
    digests = list(files)[::-1]
    volumes = pack(tmp_path, files, digests)
    assert (len(volumes), volumes.shape) == (4, (5, 6, 11))
    for index in range(4):
        np.testing.assert_array_equal(unpacked(volumes, index), masks[3 - index])
    assert (tmp_path / "volumes.bits").stat().st_size == 4 * 5 * 6 * 2
    with pytest.raises(IndexError, match="holds 4 volumes"):
        volumes.read(4)


def test_a_whole_file_of_the_same_volumes_is_kept_and_any_other_is_written_anew(files, tmp_path):
    files, masks = files
    pack(tmp_path, files)
    bits = tmp_path / "volumes.bits"
    written = bits.stat().st_mtime_ns
    pack(tmp_path, files)
    assert bits.stat().st_mtime_ns == written
    bits.write_bytes(bits.read_bytes()[:-1])
    np.testing.assert_array_equal(unpacked(pack(tmp_path, files), 3), masks[3])
    (tmp_path / "volumes.json").write_text("{", encoding="utf-8")
    pack(tmp_path, files)
    assert len(pack(tmp_path, files, list(files)[:2])) == 2


def test_workers_are_sent_a_path_and_no_voxels(files, tmp_path):
    files, masks = files
    volumes = pack(tmp_path, files)
    volumes.read(0)
    assert len(pickle.dumps(volumes)) < 500
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(volumes.read, 2).result()
    np.testing.assert_array_equal(found, np.packbits(masks[2], axis=-1))


def test_volumes_of_several_shapes_are_refused_by_name(files, tmp_path):
    files, _ = files
    path = tmp_path / "odd.tif"
    tifffile.imwrite(path, np.eye(5, dtype=np.uint8)[None].repeat(6, axis=0) * 255)
    odd = open_volume(path, PHASE, VolumeSettings()).digest
    with pytest.raises(DataSetError, match=r"odd\.tif has 6x5x5 where others have 5x6x11"):
        pack(tmp_path, {**files, odd: ("odd.tif", path)})
    assert not (tmp_path / "volumes.bits").exists()


def test_a_volume_that_changed_since_it_was_described_is_refused(files, tmp_path):
    files, _ = files
    first = next(iter(files))
    tifffile.imwrite(files[first][1], np.ones((5, 6, 11), np.uint8) * 255)
    with pytest.raises(DataSetError, match=r"changed while they were read: 0\.tif"):
        pack(tmp_path, files)


def test_a_file_that_is_gone_is_named(files, tmp_path):
    files, _ = files
    volumes = pack(tmp_path, files)
    (tmp_path / "volumes.bits").unlink()
    with pytest.raises(RunError, match=r"volumes\.bits: expected 4 bit-packed volumes"):
        volumes.read(0)


def test_masks_in_memory_read_the_same():
    masks = np.random.default_rng(0).random((3, 4, 5, 9)) < 0.5
    volumes = VolumesInMemory(list(masks))
    assert (len(volumes), volumes.shape) == (3, (4, 5, 9))
    np.testing.assert_array_equal(unpacked(volumes, 1), masks[1])
    with pytest.raises(VolumeError, match="4x5x8, 4x5x9"):
        VolumesInMemory([masks[0], masks[1, ..., :8]])
