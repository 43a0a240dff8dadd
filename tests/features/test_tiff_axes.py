"""Axes of TIFF files are those that they declare; what is no depth is named."""

import numpy as np
import pytest
import tifffile

from poregrove.errors import VolumeError
from poregrove.features import load_volume
from poregrove.features.formats import read_scan
from poregrove.features.voxels import ReadOptions

GREY = {"photometric": "minisblack"}


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(0, 2, (5, 16, 20), np.uint8) * 255


@pytest.fixture
def path(tmp_path):
    return tmp_path / "volume.tif"


def refusal(path):
    with pytest.raises(VolumeError) as caught:
        read_scan(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("axes", ["CYX", "TYX"])
@pytest.mark.parametrize("imagej", [True, False])
def test_channels_and_time_points_are_no_depth(path, voxels, axes, imagej):
    options = {"imagej": True} if imagej else GREY
    tifffile.imwrite(path, voxels, metadata={"axes": axes}, **options)
    said = refusal(path)
    assert ("5 channels" if axes == "CYX" else "5 time points") in said
    assert "three dimensions (z, y, x)" in said


@pytest.mark.parametrize("axes", ["XYZ", "YXZ", "ZXY", "ZYX"])
def test_axes_in_another_order_are_turned(path, voxels, axes):
    order = ["ZYX".index(axis) for axis in axes]
    tifffile.imwrite(path, voxels.transpose(order), metadata={"axes": axes}, **GREY)
    assert np.array_equal(read_scan(path).voxels, voxels)


@pytest.mark.parametrize("shape", [(1, 5, 1, 16, 20), (5, 1, 16, 20), (1, 1, 5, 16, 20)])
def test_axes_of_length_one_vanish(path, voxels, shape):
    tifffile.imwrite(path, voxels.reshape(shape), **GREY)
    assert np.array_equal(read_scan(path).voxels, voxels)


def test_pictures_are_no_volumes(path, voxels):
    for options in ({"imagej": True}, {"metadata": None}, GREY):
        tifffile.imwrite(path, voxels[0], **options)
        assert "one 2D picture of 16 x 20 pixels" in refusal(path)
        assert np.array_equal(read_scan(path, ReadOptions(two_dimensional=True)).voxels, voxels[:1])


def test_thumbnails_and_levels_are_no_slices(path, voxels):
    with tifffile.TiffWriter(path) as writer:
        writer.write(voxels[0, ::4, ::4], subfiletype=1, metadata=None, **GREY)
        writer.write(voxels, metadata=None, subifds=1, **GREY)
        writer.write(voxels[:, ::2, ::2], subfiletype=1, metadata=None, **GREY)
    assert np.array_equal(read_scan(path).voxels, voxels)


def test_pages_that_were_written_one_by_one_are_one_stack(path, voxels):
    with tifffile.TiffWriter(path) as writer:
        for page in voxels:
            writer.write(page, **GREY)
    assert np.array_equal(read_scan(path).voxels, voxels)


def test_bands_and_alpha_are_named(path, voxels):
    tifffile.imwrite(path, np.moveaxis(voxels, 0, -1), planarconfig="contig", **GREY)
    assert "5 samples a pixel (bands, not slices)" in refusal(path)
    grey_and_alpha = np.stack([voxels, np.full_like(voxels, 255)], axis=-1)
    tifffile.imwrite(path, grey_and_alpha, planarconfig="contig", extrasamples=["unassalpha"], **GREY)
    assert "2 samples a pixel, grey and alpha" in refusal(path)
    tifffile.imwrite(path, np.stack([voxels] * 3, axis=-1), photometric="rgb")
    assert "colour: 3 samples a pixel (RGB)" in refusal(path)


def test_palette_indices_are_labels_and_miniswhite_is_said(path, voxels):
    table = np.zeros((3, 256), np.uint16)
    tifffile.imwrite(path, voxels, photometric="palette", colormap=table)
    scan = read_scan(path)
    assert np.array_equal(scan.voxels, voxels)
    assert "indices are taken as labels" in scan.notes[0]
    tifffile.imwrite(path, voxels, photometric="miniswhite")
    scan = read_scan(path)
    assert np.array_equal(scan.voxels, voxels)
    assert "MINISWHITE" in scan.notes[0]


@pytest.mark.parametrize("unit", ["um", "micron", "\\u00B5m", "nm", "mm"])
def test_the_calibration_of_imagej(path, voxels, unit):
    metres = {"nm": 1e-9, "mm": 1e-3}.get(unit, 1e-6)
    metadata = {"axes": "ZYX", "spacing": 0.5, "unit": unit}
    tifffile.imwrite(path, voxels, imagej=True, resolution=(2, 2), metadata=metadata)
    assert read_scan(path).spacing == pytest.approx((0.5 * metres,) * 3)


def test_a_spacing_of_three_lengths_is_used(path, voxels):
    metadata = {"axes": "ZYX", "spacing": 0.5, "unit": "um"}
    tifffile.imwrite(path, voxels, imagej=True, resolution=(4, 4), metadata=metadata)
    volume = load_volume(path, voxel_size="file", pore=0)
    assert volume.voxel_size == pytest.approx((5e-7, 2.5e-7, 2.5e-7))
    assert volume.notes == ()
    assert any("contradicts" in note for note in load_volume(path, voxel_size=5e-7, pore=0).notes)
    assert any("assume cubes" in note for note in load_volume(path, pore=0).notes)


def test_a_spacing_in_pixels_is_no_length_and_is_told_where_it_is_not_cubic(path, voxels):
    metadata = {"axes": "ZYX", "spacing": 3.0, "unit": "pixel"}
    tifffile.imwrite(path, voxels, imagej=True, resolution=(1, 1), metadata=metadata)
    scan = read_scan(path)
    assert scan.spacing is None
    assert "not cubic" in scan.notes[0]
