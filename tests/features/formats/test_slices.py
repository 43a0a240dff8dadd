"""Folders of pictures: natural order, completeness, one kind of picture."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from poregrove.errors import VolumeError
from poregrove.features.formats import is_stack, natural, read_scan
from poregrove.features.voxels import ReadOptions


@pytest.fixture
def folder(tmp_path, voxels):
    for number, plane in enumerate(voxels):
        tifffile.imwrite(tmp_path / f"slice_{number + 1}.tif", plane, photometric="minisblack", metadata=None)
    return tmp_path


def refusal(path):
    with pytest.raises(VolumeError) as caught:
        read_scan(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_numbers_count_as_numbers(folder, voxels):
    assert np.array_equal(read_scan(folder).voxels, voxels)
    names = ["s10", "s9", "S1b", "a2", "s1a"]
    assert sorted(names, key=lambda name: natural(folder / name)) == ["a2", "s1a", "S1b", "s9", "s10"]


def test_a_slice_that_is_missing_is_named(folder):
    (folder / "slice_7.tif").unlink()
    assert "10 of 11 slices; missing from the row of numbers: 7" in refusal(folder)


def test_slices_of_another_shape_or_type_are_named(folder, voxels):
    tifffile.imwrite(folder / "slice_5.tif", voxels[0].astype(np.uint16), photometric="minisblack", metadata=None)
    assert "slice slice_5.tif: (12, 13) uint16, expected (12, 13) uint8 as in slice_1.tif" in refusal(folder)


def test_colours_and_damage_are_named(folder):
    Image.new("RGB", (13, 12)).save(folder / "slice_0.png")
    assert "slice slice_0.png: expected grey values or labels, got a picture of mode RGB" in refusal(folder)
    (folder / "slice_0.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "slice_0.png" in refusal(folder)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory, voxels):
    other = tmp_path_factory.mktemp("other") / "slice_12.tif"
    tifffile.imwrite(other, voxels[0], photometric="minisblack", metadata=None)
    (folder / "slice_12.tif").symlink_to(other)
    assert "leads out of the folder" in refusal(folder)


def test_what_is_a_stack(folder, voxels):
    assert is_stack(folder)
    (folder / "._slice_1.tif").write_bytes(b"of a Mac")
    assert is_stack(folder)
    tifffile.imwrite(folder / "volume.tif", voxels, photometric="minisblack")
    assert not is_stack(folder)


def test_one_picture_is_a_volume_only_where_asked(folder, voxels):
    path = folder / "slice_1.tif"
    assert "one 2D picture of 12 x 13 pixels" in refusal(path)
    scan = read_scan(path, ReadOptions(two_dimensional=True))
    assert np.array_equal(scan.voxels, voxels[:1])
    assert "along z says nothing" in scan.notes[-1]
    Image.fromarray(voxels[0]).save(folder / "a.png")
    assert "one 2D picture of 12 x 13 pixels" in refusal(folder / "a.png")
    assert np.array_equal(read_scan(folder / "a.png", ReadOptions(two_dimensional=True)).voxels, voxels[:1])
