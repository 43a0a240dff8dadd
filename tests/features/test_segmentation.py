"""Segmentation: counted values, one rule, and what is refused rather than guessed."""

import math

import numpy as np
import pytest

from poregrove.errors import SettingsError, VolumeError
from poregrove.features import binarise, describe
from poregrove.features.levels import MOST_LABELS, levels_of
from poregrove.features.segmentation import segment

SHAPE = (12, 16, 20)


@pytest.fixture
def pore():
    return np.random.default_rng(0).random(SHAPE) < 0.45


def labelled(pore, values=(0, 127, 255), dtype=np.uint8):
    """Pore at the last value, the solid in two halves of the others."""
    half = np.random.default_rng(1).random(SHAPE) < 0.5
    return np.where(pore, values[2], np.where(half, values[1], values[0])).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int64, np.float32, np.float64])
def test_values_and_shares_are_counted(pore, dtype):
    levels = levels_of(labelled(pore, (0, 85, 170), dtype))
    assert levels.values == (0, 85, 170)
    assert levels.shares[2] == pore.mean()
    assert sum(levels.shares) == pytest.approx(1.0)


@pytest.mark.parametrize("values", [(0, 127, 255), (0, 1, 2), (0.0, 0.5, 1.0)])
def test_labels_are_never_thresholded(pore, values):
    dtype = np.float32 if 0.5 in values else np.uint8
    with pytest.raises(VolumeError, match="--pore") as caught:
        segment(labelled(pore, values, dtype))
    assert ", ".join(f"{value:g}" for value in values) in str(caught.value)
    assert np.array_equal(segment(labelled(pore, values, dtype), values[2:]).mask, pore)


@pytest.mark.parametrize("strays", [(128,), (1, 2, 3), (254, 7)])
def test_strays_do_not_turn_the_phase_round(pore, strays):
    voxels = pore * np.uint8(255)
    voxels.flat[[77, 99, 123][: len(strays)]] = strays
    found = segment(voxels)
    assert found.pore == "255"
    assert (found.mask != pore).sum() <= len(strays)
    assert "count as the nearer of 0 and 255" in found.notes[0]
    assert str(strays[0]) in found.notes[0]


@pytest.mark.parametrize("noise", [0.0, 1e-6, 1e-5, 1e-3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_in_the_last_digits_makes_no_label(pore, noise, dtype):
    voxels = (pore + noise * np.random.default_rng(2).standard_normal(SHAPE)).astype(dtype)
    found = segment(voxels)
    assert (found.pore, found.notes) == ("1", ())
    assert np.array_equal(found.mask, pore)
    assert np.array_equal(segment(voxels, (1,)).mask, pore)


def test_more_values_than_labels_are_grey(pore):
    voxels = np.where(pore, 50, 180) + np.random.default_rng(3).integers(-20, 20, SHAPE)
    found = segment(voxels.astype(np.uint8))
    assert np.array_equal(found.mask, pore)
    assert 69 <= found.threshold < 160
    assert f"pore is <= {found.threshold:g}" in found.notes[0]
    few = np.arange(MOST_LABELS, dtype=np.uint8).reshape(1, 4, 4)
    with pytest.raises(VolumeError, match="16 labels 0, 1, 2"):
        segment(few)


def test_one_number_names_a_value_and_text_does_not(pore):
    voxels = pore * np.uint8(255)
    assert binarise(voxels, 255)[1] == (255,)
    assert describe(voxels, pore=255, columns="porosity") == {"porosity": pore.mean()}
    with pytest.raises(SettingsError, match="pore expects grey values"):
        binarise(voxels, "black")


class TestOutside:
    """A cylinder in a box: 0 outside, 1 pore, 2 solid."""

    @pytest.fixture
    def inside(self):
        y, x = np.mgrid[: SHAPE[1], : SHAPE[2]]
        return np.broadcast_to((y - 7.5) ** 2 + (x - 9.5) ** 2 < 49, SHAPE)

    @pytest.fixture
    def voxels(self, pore, inside):
        return np.where(inside, np.where(pore, 1, 2), 0).astype(np.uint8)

    def test_it_is_no_voxel_of_the_sample(self, voxels, pore, inside):
        levels = levels_of(voxels, 0)
        assert levels.values == (1, 2)
        assert levels.shares[0] == pytest.approx(pore[inside].mean())
        found = segment(voxels, (1,), outside=0)
        assert np.array_equal(found.mask, pore & inside)

    def test_descriptors_are_those_of_the_sample(self, tmp_path, voxels, pore, inside):
        from poregrove.features import load_volume

        np.save(tmp_path / "a.npy", voxels)
        columns = [
            "porosity",
            "tortuosity_factor_z",
            "relative_diffusivity_z",
            "tortuosity_factor_x",
            "specific_surface",
        ]
        row = describe(load_volume(tmp_path / "a.npy", pore=1, outside=0), columns=columns, device="cpu")
        box = describe(pore & inside, columns=columns, device="cpu")
        assert row["porosity"] == pytest.approx(pore[inside].mean())
        assert row["tortuosity_factor_z"] == box["tortuosity_factor_z"]
        assert row["relative_diffusivity_z"] == pytest.approx(row["porosity"] / row["tortuosity_factor_z"])
        assert math.isnan(row["tortuosity_factor_x"])
        assert math.isnan(row["specific_surface"])

    def test_the_digest_knows_the_sample(self, tmp_path, voxels):
        from poregrove.features import load_volume

        np.save(tmp_path / "a.npy", voxels)
        assert (
            load_volume(tmp_path / "a.npy", pore=1, outside=0).digest != load_volume(tmp_path / "a.npy", pore=1).digest
        )

    @pytest.mark.parametrize(("outside", "said"), [(9, "no voxel has the value 9"), (1, "both as pore and as outside")])
    def test_values_that_cannot_be_outside(self, voxels, outside, said):
        with pytest.raises(VolumeError, match=said):
            segment(voxels, (1,) if outside == 1 else None, outside=outside)
