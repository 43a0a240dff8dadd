"""The pore phase: found from the stated porosity, one convention a data set."""

import math

import numpy as np
import pytest
import tifffile

from poregrove.errors import SettingsError, VolumeError
from poregrove.pipelines.data.phase import PoreConvention, infer_convention, levels_of, open_volume, parse_pore
from poregrove.pipelines.settings import VolumeSettings

SETTINGS = VolumeSettings()


def field(share, low=0, high=255, shape=(6, 8, 10), seed=0):
    """A volume of two values with exactly ``share`` of its voxels high."""
    count = math.prod(shape)
    values = np.full(count, low, np.uint8)
    values[: round(share * count)] = high
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def test_levels_of_labels():
    levels = levels_of(field(0.25, 0, 255))
    assert levels.values == (0, 255)
    assert levels.upper_share == 0.25
    assert not levels.grey


def test_levels_of_a_grey_volume_are_split_by_otsu():
    from skimage.filters import threshold_otsu

    grey = np.random.default_rng(1).normal(100, 30, (8, 9, 10)).clip(0, 255).astype(np.uint8)
    levels = levels_of(grey)
    assert levels.grey
    assert levels.split == threshold_otsu(grey)
    assert levels.upper_share == pytest.approx((grey > levels.split).mean())


@pytest.mark.parametrize(("pore", "solid"), [(255, 0), (0, 255), (1, 0), (0, 1), (1, 2), (7, 3)])
def test_either_phase_is_found_from_the_stated_porosity(tmp_path, pore, solid):
    stated = [0.3, 0.5, 0.4]
    volumes = [np.where(field(share, 0, 1, seed=i), pore, solid).astype(np.uint8) for i, share in enumerate(stated)]
    phase = infer_convention([levels_of(volume) for volume in volumes], stated, None)
    assert phase.rule == ("upper" if pore > solid else "lower")
    assert phase.error == pytest.approx(0.0, abs=1e-9)
    assert phase.compared == 3
    tifffile.imwrite(tmp_path / "v.tif", volumes[0], photometric="minisblack")
    volume = open_volume(tmp_path / "v.tif", phase, SETTINGS)
    np.testing.assert_array_equal(volume.mask, volumes[0] == pore)
    assert volume.pore == str(pore)
    assert not volume.mask.flags.writeable


def test_one_volume_near_one_half_does_not_decide():
    """A porosity of .51 stated as .49 speaks for the other phase, and is outvoted by the sum."""
    levels = [levels_of(field(share, seed=i)) for i, share in enumerate([0.5125, 0.25, 0.75])]
    phase = infer_convention(levels, [0.4875, 0.25, 0.75], None)
    assert phase.rule == "upper"
    assert phase.error_otherwise > phase.error


def test_without_a_stated_porosity_nonzero_labels_and_dark_grey_are_pore(tmp_path):
    grey = np.random.default_rng(2).integers(0, 256, (5, 6, 7), dtype=np.uint8)
    phase = infer_convention([levels_of(grey), levels_of(field(0.3))], [math.nan, math.nan], None)
    assert phase.rule == "assumed"
    tifffile.imwrite(tmp_path / "grey.tif", grey, photometric="minisblack")
    tifffile.imwrite(tmp_path / "labels.tif", field(0.3), photometric="minisblack")
    dark = open_volume(tmp_path / "grey.tif", phase, SETTINGS)
    assert grey[dark.mask].max() < grey[~dark.mask].min()
    assert dark.pore.startswith("<= ")
    assert open_volume(tmp_path / "labels.tif", phase, SETTINGS).pore == "255"


def test_bright_grey_is_pore_where_the_porosity_says_so(tmp_path):
    grey = np.random.default_rng(3).normal(60, 8, (10, 10, 10))
    grey[:3] += 120
    grey = grey.astype(np.uint8)
    phase = infer_convention([levels_of(grey)], [0.3], None)
    assert phase.rule == "upper"
    tifffile.imwrite(tmp_path / "v.tif", grey, photometric="minisblack")
    volume = open_volume(tmp_path / "v.tif", phase, SETTINGS)
    assert volume.mask.mean() == pytest.approx(0.3)
    assert volume.pore.startswith("> ")


@pytest.mark.parametrize(("value", "porosity"), [(255, 1.0), (0, 0.0)])
def test_a_volume_of_one_value_follows_the_set(tmp_path, value, porosity):
    full = np.full((4, 4, 4), value, np.uint8)
    phase = infer_convention([levels_of(field(0.3)), levels_of(full)], [0.3, porosity], None)
    assert phase.rule == "upper"
    tifffile.imwrite(tmp_path / "v.tif", full, photometric="minisblack")
    assert open_volume(tmp_path / "v.tif", phase, SETTINGS).mask.mean() == porosity


def test_named_values_win(tmp_path):
    phase = infer_convention([levels_of(field(0.3))], [0.3], "0")
    assert phase == PoreConvention("named", named=(0,))
    tifffile.imwrite(tmp_path / "v.tif", field(0.3), photometric="minisblack")
    assert open_volume(tmp_path / "v.tif", phase, SETTINGS).mask.mean() == pytest.approx(0.7)


def test_a_named_value_that_no_voxel_has_is_an_error_with_the_file(tmp_path):
    tifffile.imwrite(tmp_path / "v.tif", field(0.3), photometric="minisblack")
    with pytest.raises(VolumeError, match=r"v\.tif.*no voxel has a pore value 7; there are 0, 255"):
        open_volume(tmp_path / "v.tif", PoreConvention("named", named=(7,)), SETTINGS)


def test_pore_values_in_words():
    assert parse_pore(None) == ()
    assert parse_pore("0,2") == (0, 2)
    with pytest.raises(SettingsError, match="expects grey values such as 255"):
        parse_pore("black")
