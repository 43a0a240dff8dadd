"""Voxels as bits in a run folder."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from poregrove.errors import DataSetError, RunError, VolumeError
from poregrove.pipelines.data.bits import BitStore, read_bits, read_volume
from poregrove.pipelines.data.phase import PoreConvention, volume_of
from poregrove.pipelines.extraction.voxel_store import pack_volumes
from poregrove.pipelines.settings import VolumeSettings

PHASE = PoreConvention("upper")


@pytest.fixture
def files(tmp_path):
    """Four volumes whose last axis is no multiple of eight: the store that keeps them, names by digest, and their masks."""
    rng = np.random.default_rng(0)
    kept, names, masks = BitStore(tmp_path / "kept"), {}, []
    for number in range(4):
        mask = rng.random((5, 6, 11)) < 0.4
        names[keep(kept, mask)] = f"{number}.tif"
        masks.append(mask)
    return kept, names, masks


def keep(kept, mask):
    """Put a mask into a store; its digest."""
    volume = volume_of(mask.astype(np.uint8) * 255, PHASE, VolumeSettings())
    kept.put(volume)
    return volume.digest


def pack(folder, kept, names, digests=None):
    return pack_volumes(folder / "volumes.bits", digests or list(names), kept.path, names=names)


def unpacked(volumes, index):
    return np.unpackbits(volumes.read(index), axis=-1, count=volumes.shape[2]).astype(bool)


def test_volumes_come_back_in_the_order_asked_for(files, tmp_path):
    kept, names, masks = files
    digests = list(names)[::-1]
    volumes = pack(tmp_path, kept, names, digests)
    assert (len(volumes), volumes.shape) == (4, (5, 6, 11))
    for index in range(4):
        np.testing.assert_array_equal(unpacked(volumes, index), masks[3 - index])
    assert (tmp_path / "volumes.bits").stat().st_size == 4 * 5 * 6 * 2
    with pytest.raises(IndexError, match="holds 4 volumes"):
        volumes.read(4)


def test_a_whole_file_of_the_same_volumes_is_kept_and_any_other_is_written_anew(files, tmp_path):
    kept, names, masks = files
    pack(tmp_path, kept, names)
    bits = tmp_path / "volumes.bits"
    written = bits.stat().st_mtime_ns
    pack(tmp_path, kept, names)
    assert bits.stat().st_mtime_ns == written
    bits.write_bytes(bits.read_bytes()[:-1])
    np.testing.assert_array_equal(unpacked(pack(tmp_path, kept, names), 3), masks[3])
    (tmp_path / "volumes.json").write_text("{", encoding="utf-8")
    pack(tmp_path, kept, names)
    assert len(pack(tmp_path, kept, names, list(names)[:2])) == 2


def test_workers_are_sent_a_path_and_no_voxels(files, tmp_path):
    kept, names, masks = files
    volumes = pack(tmp_path, kept, names)
    volumes.read(0)
    assert len(pickle.dumps(volumes)) < 500
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(volumes.read, 2).result()
    np.testing.assert_array_equal(found, np.packbits(masks[2], axis=-1))


def test_volumes_of_several_shapes_are_refused_by_name(files, tmp_path):
    kept, names, _ = files
    odd = keep(kept, np.eye(5, dtype=bool)[None].repeat(6, axis=0))
    with pytest.raises(DataSetError, match=r"odd\.tif has 6x5x5 where others have 5x6x11"):
        pack(tmp_path, kept, {**names, odd: "odd.tif"})
    assert not (tmp_path / "volumes.bits").exists()


def test_a_kept_volume_comes_back_as_it_was(tmp_path):
    mask = np.random.default_rng(1).random((3, 4, 13)) < 0.5
    volume = volume_of(mask.astype(np.uint8) * 200, PHASE, VolumeSettings(voxel_size=2e-7))
    kept = BitStore(tmp_path / "kept")
    kept.put(volume)
    again = read_volume(kept.path(volume.digest))
    np.testing.assert_array_equal(again.mask, mask)
    assert not again.mask.flags.writeable
    assert (again.digest, again.voxel_size, again.pore) == (volume.digest, 2e-7, "200")
    assert np.isnan(again.threshold)


@pytest.mark.parametrize("read", [read_bits, read_volume])
def test_bits_that_are_damaged_or_gone_are_named(tmp_path, read):
    (tmp_path / "x.npz").write_bytes(b"PK no archive")
    for name in ("x.npz", "y.npz"):
        with pytest.raises(VolumeError, match=rf"{name}: expected bits that this command kept"):
            read(tmp_path / name)


def test_a_file_that_is_gone_is_named(files, tmp_path):
    kept, names, _ = files
    volumes = pack(tmp_path, kept, names)
    (tmp_path / "volumes.bits").unlink()
    with pytest.raises(RunError, match=r"volumes\.bits: expected 4 bit-packed volumes"):
        volumes.read(0)
