"""Files of a folder that count as volumes."""

import json

import numpy as np
import pytest
import tifffile

from poregrove.errors import DataSetError
from poregrove.pipelines.data.volume_files import volume_files
from poregrove.pipelines.settings import VolumeSettings

VOXELS = np.zeros((4, 5, 6), np.uint8)


@pytest.fixture
def names(tmp_path):
    def found(**settings):
        files = volume_files(tmp_path, VolumeSettings(**settings))
        return [file.relative_to(tmp_path).as_posix() for file in files]

    return found


def test_volumes_in_natural_order_without_hidden_ones(tmp_path, names):
    for name in ("v10.tif", "v9.TIF", "._v9.TIF", "deep/v1.npy"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        tifffile.imwrite(tmp_path / name, VOXELS, photometric="minisblack")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "v.tif").touch()
    (tmp_path / "preview.png").touch()
    assert names() == ["v9.TIF", "v10.tif", "deep/v1.npy"]


def test_folders_of_slices_are_volumes_beside_others(tmp_path, names):
    tifffile.imwrite(tmp_path / "v.tif", VOXELS, photometric="minisblack")
    for folder in ("s2", "s10"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            tifffile.imwrite(tmp_path / folder / f"{number}.tif", VOXELS[0], metadata=None, photometric="minisblack")
    (tmp_path / "store.zarr" / "0").mkdir(parents=True)
    assert names() == ["store.zarr", "v.tif", "s2", "s10"]
    assert len(names(two_dimensional=True)) == 8


def test_raw_files_count_where_their_shape_is_known(tmp_path, names):
    for name in ("a.raw", "b.raw", "c.raw", "c.mhd", "log.dat"):
        (tmp_path / name).touch()
    (tmp_path / "b.raw.json").write_text(json.dumps({"shape": [4, 5, 6], "dtype": "uint8"}))
    assert names() == ["b.raw", "c.mhd"]
    assert names(shape="4,5,6", dtype="uint8") == ["a.raw", "b.raw", "c.mhd", "log.dat"]


def test_a_folder_without_volumes_says_what_was_looked_for(tmp_path, names):
    (tmp_path / "a.raw").touch()
    with pytest.raises(DataSetError, match=r"raw files need --shape and --dtype, or a sidecar"):
        names()
