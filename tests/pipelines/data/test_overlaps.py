"""Overlapping crops: found at any shift, and never among volumes that share nothing."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy.ndimage import gaussian_filter

from poregrove.pipelines.audit.inspection import inspect_dataset
from poregrove.pipelines.data.overlaps import BLOCK, fingerprints, images, overlapping
from poregrove.pipelines.settings import Settings, VolumeSettings


def field(size, seed, smooth=2.5):
    return gaussian_filter(np.random.default_rng(seed).normal(size=(size,) * 3), smooth, mode="wrap") > 0


@pytest.fixture(scope="module")
def image():
    return field(112, seed=0)


def crop(image, corner, size=64):
    z, y, x = corner
    return image[z : z + size, y : y + size, x : x + size]


@pytest.mark.parametrize("shift", [(1, 0, 0), (0, 48, 0), (0, 0, 33), (32, 32, 32), (5, 17, 40), (30, 0, 31)])
def test_crops_are_found_at_any_shift_down_to_an_eighth_of_a_volume(image, shift):
    one, other = (fingerprints(crop(image, corner)) for corner in ((0, 0, 0), shift))
    assert overlapping([one, other]) == [(0, 1)]
    back = tuple(max(shift) - step for step in shift)
    one, other = (fingerprints(crop(image, corner)) for corner in ((max(shift),) * 3, back))
    assert overlapping([one, other]) == [(0, 1)]


def test_crops_of_several_sizes_are_found(image):
    assert overlapping([fingerprints(crop(image, (40, 30, 20))), fingerprints(image)]) == [(0, 1)]


@pytest.mark.parametrize("smooth", [1.0, 2.5, 6.0])
def test_independent_fields_share_nothing(smooth):
    assert overlapping([fingerprints(field(48, seed, smooth)) for seed in range(24)]) == []


def test_crops_that_only_touch_share_nothing(image):
    assert overlapping([fingerprints(crop(image, (0, 0, 0), 56)), fingerprints(crop(image, (56, 0, 0), 56))]) == []


def test_a_sphere_that_two_volumes_hold_does_not_tie_them():
    """The same ball at other places among other balls: a few cubes agree, the common part as a whole does not."""
    rng = np.random.default_rng(3)
    grid = np.stack(np.indices((64, 64, 64)))

    def packing():
        centres = rng.integers(8, 56, (14, 3))
        return np.any([((grid - centre[:, None, None, None]) ** 2).sum(axis=0) < 12**2 for centre in centres], axis=0)

    assert overlapping([fingerprints(packing()) for _ in range(8)]) == []


def test_channels_and_single_phases_have_nothing_to_tell():
    channel = np.broadcast_to(field(32, 1)[0], (32, 32, 32))
    for mask in (channel, np.ones((32, 32, 32), bool), np.zeros((32, 32, 32), bool)):
        assert len(fingerprints(mask).hash) == 0
    assert len(fingerprints(np.ones((BLOCK - 1, 40, 40), bool)).hash) == 0
    assert overlapping([fingerprints(channel), fingerprints(channel)]) == []


def test_a_row_of_crops_is_one_image_though_its_ends_do_not_overlap(image):
    row = [fingerprints(crop(image, (step, 0, 0), 48)) for step in (0, 30, 60)]
    assert overlapping(row) == [(0, 1), (1, 2)]
    assert images([fingerprints(field(48, 9)), *row]) == [0, 1, 1, 1]


def test_more_crops_of_one_place_than_are_paired_are_tied_all_the_same(image):
    many = [fingerprints(crop(image, (step, 0, 0), 48)) for step in range(24)]
    assert images(many) == [0] * 24


def test_slabs_change_nothing(image, monkeypatch):
    whole = fingerprints(image)
    monkeypatch.setattr("poregrove.pipelines.data.overlaps._HASHED_AT_ONCE", 1)
    parts = fingerprints(image)
    np.testing.assert_array_equal(parts.hash, whole.hash)
    np.testing.assert_array_equal(parts.position, whole.position)


def test_a_hash_depends_on_the_cube_alone(image):
    found, moved = fingerprints(image), fingerprints(image[3:, 5:, 7:])
    where = dict(zip(moved.hash.tolist(), moved.position.tolist(), strict=True))
    common = [
        (place, where[code])
        for code, place in zip(found.hash.tolist(), found.position.tolist(), strict=True)
        if code in where
    ]
    assert len(common) > 100
    assert all(np.array_equal(np.subtract(place, there), (3, 5, 7)) for place, there in common)


def test_a_data_set_says_which_files_are_crops_of_one_image(clean_set_maker, tmp_path, image):
    made = clean_set_maker(tmp_path / "data", n_volumes=5, n_designs=2, size=32)
    for number, corner in ((1, (0, 0, 0)), (3, (10, 3, 0)), (4, (10, 3, 16))):
        voxels = np.where(crop(image, corner, 32), 255, 0).astype(np.uint8)
        tifffile.imwrite(made.folder / "images" / f"sample_{number:05d}.tif", voxels, photometric="minisblack")
    seen = inspect_dataset(made.folder, Settings(volume=VolumeSettings(pore="255")), workers=1)
    found = seen.inspection.frame.set_index("filename")["same_image_as"].dropna()
    assert found.to_dict() == dict.fromkeys(("sample_00003.tif", "sample_00004.tif"), "sample_00001.tif")
    assert "overlapping_volumes" in {finding.code for finding in seen.findings()}
    ignored = inspect_dataset(made.folder, Settings(volume=VolumeSettings(pore="255", overlaps="ignore")), workers=1)
    assert ignored.inspection.frame["same_image_as"].isna().all()
