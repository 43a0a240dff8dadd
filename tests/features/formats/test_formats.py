"""Every reader gives the volume that the TIFF file of the same voxels gives, to the last bit."""

import numpy as np
import pytest

from poregrove.errors import VolumeError
from poregrove.features import describe, load_volume
from poregrove.features.formats import read_scan
from poregrove.features.voxels import ReadOptions

from .conftest import EDGE, WRITERS


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_voxels_have_the_same_digest(written, voxels, name):
    scan = read_scan(written / name)
    assert scan.voxels.dtype == voxels.dtype
    assert np.array_equal(scan.voxels, voxels)
    volume, expected = load_volume(written / name), load_volume(written / "plain.tif")
    assert volume.digest == expected.digest
    assert describe(written / name, columns="porosity") == {"porosity": voxels.mean() / 255}


@pytest.mark.parametrize(("name", "stated"), [(name, stated) for name, (_, stated) in WRITERS.items()])
def test_the_voxel_size_of_the_file_is_used_where_asked(written, name, stated):
    if not stated:
        with pytest.raises(VolumeError, match="it states none; give it in metres with --voxel-size"):
            load_volume(written / name, voxel_size="file")
        return
    assert load_volume(written / name, voxel_size="file").voxel_size == pytest.approx(EDGE, rel=1e-6)
    assert load_volume(written / name).voxel_size is None


@pytest.mark.parametrize("name", WRITERS)
def test_a_volume_of_too_many_voxels_is_refused(written, name):
    with pytest.raises(VolumeError, match=r"more than the 1000 allowed") as caught:
        read_scan(written / name, ReadOptions(max_voxels=1000))
    assert str(written / name) in str(caught.value)


@pytest.mark.parametrize("name", [name for name in WRITERS if not name.endswith((".zarr", "slices", "png"))])
def test_a_file_cut_short_is_refused_or_lost_no_voxel(written, voxels, tmp_path, name):
    content = (written / name).read_bytes()
    for share in (0.0, 0.1, 0.5, 0.9, 0.99):
        (tmp_path / name).write_bytes(content[: int(share * len(content))])
        said = ""
        try:
            found = read_scan(tmp_path / name).voxels
        except VolumeError as error:
            said = str(error)
        # a description at the end may be lost and every voxel be there
        assert str(tmp_path / name) in said or (share > 0.5 and np.array_equal(found, voxels))
