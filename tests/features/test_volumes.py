"""Reading TIFF files: every layout in use, and a message that names the file for everything else."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from poregrove.errors import VolumeError
from poregrove.features import binarise, canonical_digest, load_volume, read_voxels
from poregrove.features.volumes import digest


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(0, 2, (12, 32, 48), np.uint8) * 255


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"photometric": "minisblack"},
        {"bigtiff": True, "photometric": "minisblack"},
        {"tile": (16, 16), "photometric": "minisblack"},
        {"compression": "zlib", "photometric": "minisblack"},
        {"compression": "lzw", "photometric": "minisblack"},
        {"imagej": True, "metadata": {"axes": "ZYX"}},
        {"metadata": None, "photometric": "minisblack"},
        {"metadata": None, "rowsperstrip": 5, "photometric": "minisblack"},
    ],
    ids=lambda options: "-".join(map(str, options)) or "plain",
)
def test_layouts_in_use_are_read(tmp_path, voxels, options):
    tifffile.imwrite(tmp_path / "volume.tif", voxels, **options)
    found = read_voxels(tmp_path / "volume.tif")
    assert found.dtype == np.uint8
    assert np.array_equal(found, voxels)


def test_pages_written_one_by_one_are_a_volume(tmp_path, voxels):
    with tifffile.TiffWriter(tmp_path / "volume.tif") as writer:
        for page in voxels:
            writer.write(page, photometric="minisblack", metadata=None)
    assert np.array_equal(read_voxels(tmp_path / "volume.tif"), voxels)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int16, np.float32])
def test_types_in_use_are_read(tmp_path, voxels, dtype):
    written = (voxels // 255).astype(dtype)
    tifffile.imwrite(tmp_path / "volume.tif", written, photometric="minisblack")
    assert np.array_equal(read_voxels(tmp_path / "volume.tif"), written)


def refusal(path, **options):
    with pytest.raises(VolumeError) as caught:
        read_voxels(path, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.tif")


def test_a_folder_is_no_volume(tmp_path):
    refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PNG", b"II*\0", b"II*\0\xff\xff\xff\x7f", bytes(1000)])
def test_what_is_no_tiff_is_refused(tmp_path, content):
    (tmp_path / "volume.tif").write_bytes(content)
    refusal(tmp_path / "volume.tif")


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"metadata": None}, {"tile": (16, 16)}], ids=str)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95, 0.999])
def test_a_truncated_file_is_refused(tmp_path, voxels, options, share):
    path = tmp_path / "volume.tif"
    tifffile.imwrite(path, voxels, photometric="minisblack", **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refusal(path)


@pytest.mark.parametrize("options", [{"compression": "lzw"}, {"compression": "zlib"}, {"tile": (16, 16)}])
def test_a_single_byte_that_is_missing_is_told_by_the_length_of_the_file(tmp_path, options):
    path = tmp_path / "volume.tif"
    voxels = (np.random.default_rng(0).random((6, 64, 64)) < 0.5).astype(np.uint8)
    tifffile.imwrite(path, voxels, photometric="minisblack", **options)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert f"truncated, {len(content) - 1} bytes where its pages reach to {len(content)}" in refusal(path)


def test_colour_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "volume.tif", np.zeros((4, 8, 8, 3), np.uint8), photometric="rgb")
    assert "colour" in refusal(tmp_path / "volume.tif")


def test_a_picture_is_no_volume(tmp_path):
    tifffile.imwrite(tmp_path / "volume.tif", np.zeros((8, 8), np.uint8), metadata=None)
    assert "three dimensions" in refusal(tmp_path / "volume.tif")


def test_pages_of_different_shape_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "volume.tif") as writer:
        writer.write(np.zeros((8, 8), np.uint8), metadata=None)
        writer.write(np.zeros((8, 9), np.uint8), metadata=None)
    assert "one shape" in refusal(tmp_path / "volume.tif")


def test_nan_is_refused(tmp_path):
    grey = np.zeros((4, 8, 8), np.float32)
    grey[1, 2, 3] = np.nan
    tifffile.imwrite(tmp_path / "volume.tif", grey, photometric="minisblack")
    assert "NaN" in refusal(tmp_path / "volume.tif")


def test_complex_numbers_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "volume.tif", np.zeros((4, 8, 8), np.complex64), photometric="minisblack")
    assert "complex64" in refusal(tmp_path / "volume.tif")


def test_too_many_voxels_are_refused_before_they_are_read(tmp_path, voxels, monkeypatch):
    tifffile.imwrite(tmp_path / "volume.tif", voxels)
    monkeypatch.setattr(tifffile.TiffFile, "asarray", lambda *_args, **_options: pytest.fail("read"))
    assert "more than the 1000 allowed" in refusal(tmp_path / "volume.tif", max_voxels=1000)


class TestPhase:
    @pytest.mark.parametrize("high", [1, 255])
    def test_nonzero_is_pore(self, high):
        mask, values, threshold = binarise(np.array([[[0, high]]], np.uint8))
        assert mask.tolist() == [[[False, True]]]
        assert values == (high,)
        assert np.isnan(threshold)

    def test_the_caller_may_name_one_or_several_labels(self):
        labels = np.array([[[0, 1, 2, 3]]], np.uint8)
        assert binarise(labels, (0,))[0].tolist() == [[[True, False, False, False]]]
        assert binarise(labels, (1, 3))[0].tolist() == [[[False, True, False, True]]]

    def test_a_label_that_is_not_there_is_an_error(self):
        with pytest.raises(VolumeError, match="no voxel has a pore value 7; there are 0, 255"):
            binarise(np.array([[[0, 255]]], np.uint8), (7,))

    def test_two_labels_without_zero_need_a_word(self):
        with pytest.raises(VolumeError, match="neither is 0"):
            binarise(np.array([[[1, 2]]], np.uint8))

    @pytest.mark.parametrize("value", [0, 255])
    def test_volumes_of_one_value(self, value):
        assert binarise(np.full((2, 2, 2), value, np.uint8))[0].all() == bool(value)

    @pytest.mark.parametrize("dtype", [np.uint8, np.float32])
    def test_grey_is_parted_by_otsu_and_dark_is_pore(self, dtype):
        random = np.random.default_rng(0)
        pore = random.random((16, 16, 16)) < 0.4
        grey = np.where(pore, random.normal(60, 8, pore.shape), random.normal(180, 8, pore.shape)).astype(dtype)
        mask, values, threshold = binarise(grey)
        assert np.array_equal(mask, pore)
        assert values == ()
        assert 60 < threshold < 180


class TestVolume:
    def test_what_is_known_of_it(self, tmp_path, voxels):
        path = tmp_path / "volume.tif"
        tifffile.imwrite(path, voxels, photometric="minisblack")
        volume = load_volume(path, voxel_size=1e-7)
        assert np.array_equal(volume.mask, voxels > 0)
        assert not volume.mask.flags.writeable
        assert (volume.pore, volume.voxel_size, volume.source) == ("255", 1e-7, str(path))
        assert load_volume(path, pore=(0,)).pore == "0"

    @pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
    def test_a_voxel_size_is_a_length(self, tmp_path, voxels, size):
        tifffile.imwrite(tmp_path / "volume.tif", voxels)
        with pytest.raises(VolumeError, match=r"volume\.tif.*voxel size"):
            load_volume(tmp_path / "volume.tif", voxel_size=size)

    def test_the_digest_sees_voxels_shape_and_voxel_size(self):
        mask = np.random.default_rng(0).random((4, 6, 8)) < 0.5
        other = mask.copy()
        other[0, 0, 0] ^= True
        digests = {digest(mask), digest(other), digest(mask.reshape(6, 4, 8)), digest(mask, 1e-6)}
        assert len(digests) == 4
        assert digest(mask) == digest(np.asfortranarray(mask))


class TestCanonicalDigest:
    @staticmethod
    def orientations(mask):
        for order in itertools.permutations(range(3)):
            for signs in itertools.product((1, -1), repeat=3):
                yield mask.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]

    @pytest.mark.parametrize("shape", [(6, 6, 6), (5, 6, 7), (5, 5, 8)])
    def test_all_orientations_and_the_complement_are_one(self, shape):
        mask = np.random.default_rng(1).random(shape) < 0.4
        digests = {canonical_digest(turned) for turned in self.orientations(mask)}
        digests |= {canonical_digest(~turned) for turned in self.orientations(mask)}
        assert len(digests) == 1

    @pytest.mark.parametrize("name", ["half", "symmetric", "checkerboard", "twisted"])
    def test_even_where_profiles_leave_a_choice(self, name):
        random = np.random.default_rng(2)
        mask = {
            "half": np.sort(random.random(64)).argsort().reshape(4, 4, 4) % 2 == 0,
            "symmetric": np.einsum("i,j,k->ijk", *[[1, 0, 1, 1, 0, 1]] * 3).astype(bool),
            "checkerboard": np.indices((4, 4, 4)).sum(axis=0) % 2 == 0,
            # symmetric profiles of a volume that is not its own mirror image
            "twisted": np.concatenate([part := random.random((3, 6, 6)) < 0.4, part[::-1, ::-1]]),
        }[name]
        assert len({canonical_digest(turned) for turned in self.orientations(mask)} | {canonical_digest(~mask)}) == 1

    def test_other_volumes_are_others(self):
        random = np.random.default_rng(3)
        masks = [random.random((6, 6, 6)) < 0.5 for _ in range(20)]
        assert len({canonical_digest(mask) for mask in masks}) == 20

    def test_profiles_count_beyond_a_byte(self):
        """One column of 600 voxels among 4 x 3: 600 of it lie along the long axis, which no turn may change."""
        mask = np.zeros((600, 4, 3), bool)
        mask[:, 1, 0] = True
        mask[:200, 2, 1] = True
        assert len({canonical_digest(turned) for turned in self.orientations(mask)}) == 1


@pytest.mark.skipif("POREGROVE_REFERENCE" not in os.environ, reason="POREGROVE_REFERENCE names no reference data")
class TestImagedVolumes:
    folder = Path(os.environ.get("POREGROVE_REFERENCE", "."), "volumes")

    def test_sandstone(self):
        volume = load_volume(self.folder / "sandstone_berea_128.tif", pore=(0,))
        assert volume.mask.mean() == pytest.approx(0.19781, abs=5e-6)

    def test_cathode(self):
        volume = load_volume(self.folder / "cathode_nmc_128.tif", pore=(1,))
        assert volume.mask.mean() == pytest.approx(0.4203, abs=5e-5)
