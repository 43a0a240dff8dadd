"""The stated porosity names labels too; missing files and impossible porosities have no vote."""

import math

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.pipelines.data.paths import resolve_inside
from poregrove.pipelines.data.phase import infer_convention, levels_of
from poregrove.pipelines.data.volumes import inspect_volumes
from poregrove.pipelines.settings import VolumeSettings


def labelled(shares, seed=0, size=20):
    """A volume of 20^3 voxels of the labels 0, 85, 170 with these shares, to a voxel."""
    counts = np.rint(np.array(shares) * size**3).astype(int)
    counts[-1] = size**3 - counts[:-1].sum()
    values = np.repeat(np.array([0, 85, 170], np.uint8), counts)
    return np.random.default_rng(seed).permutation(values).reshape((size,) * 3)


SHARES = [(0.2, 0.5, 0.3), (0.35, 0.3, 0.35), (0.3, 0.45, 0.25)]


@pytest.mark.parametrize("pore", [(0,), (85,), (170,), (0, 170), (0, 85)])
def test_a_label_or_a_union_is_found_from_the_stated_porosity(pore):
    levels = [levels_of(labelled(shares, seed)) for seed, shares in enumerate(SHARES)]
    stated = [sum(shares[[0, 85, 170].index(value)] for value in pore) for shares in SHARES]
    phase = infer_convention(levels, [round(value, 2) for value in stated], None)
    assert (phase.rule, phase.named) == ("named", pore)
    assert phase.error < 0.005
    assert phase.compared == 3


def test_a_porosity_that_no_label_has_names_none():
    levels = [levels_of(labelled(shares, seed)) for seed, shares in enumerate(SHARES)]
    assert infer_convention(levels, [0.9, 0.1, 0.9], None).rule == "assumed"


def test_a_choice_between_two_like_shares_is_no_choice():
    levels = [levels_of(labelled((0.3, 0.301, 0.399)))]
    assert infer_convention(levels, [0.3005], None).rule == "assumed"


@pytest.mark.parametrize("impossible", [45.0, -0.3, math.inf, 0.0])
def test_an_impossible_porosity_has_no_vote(impossible):
    mask = labelled((0.3, 0.7, 0.0)) > 0
    levels = [levels_of(mask), levels_of(mask)]
    assert infer_convention(levels, [impossible, impossible], None).rule == "assumed"
    assert infer_convention(levels, [impossible, 0.7], None).rule == "upper"
    assert infer_convention(levels, [impossible, 0.3], None).rule == "lower"


class Images:
    def __init__(self, folder):
        self.images = folder

    def resolve(self, filename):
        return resolve_inside(self.images, filename)


def look(folder, names, porosity):
    rows = pd.DataFrame({"filename": names, "porosity_raw": porosity})
    return inspect_volumes(Images(folder), rows, VolumeSettings(), workers=1)


def test_files_that_are_not_there_share_no_image(tmp_path):
    masks = [np.random.default_rng(seed).random((20, 20, 20)) < 0.5 for seed in range(3)]
    for number, mask in enumerate(masks):
        tifffile.imwrite(tmp_path / f"{number}.tif", mask * np.uint8(255), photometric="minisblack")
    (tmp_path / "cut.tif").write_bytes((tmp_path / "0.tif").read_bytes()[:400])
    frame = look(tmp_path, ["0.tif", "1.tif", "lost.tif", "2.tif", "cut.tif"], [np.nan] * 5).frame
    assert frame["status"].tolist() == ["ok", "ok", "missing", "ok", "unreadable"]
    assert frame["same_image_as"].isna().all()


def test_names_that_windows_wrote_are_found_and_other_spellings_are_hinted_at(tmp_path):
    (tmp_path / "deep").mkdir()
    mask = np.random.default_rng(0).random((4, 5, 6)) < 0.5
    tifffile.imwrite(tmp_path / "deep" / "Scan_01.tif", mask * np.uint8(255), photometric="minisblack")
    names = ["deep\\Scan_01.tif", "deep/scan_01.TIF", "deep/Scan 01.tiff", "shallow/a.tif"]
    frame = look(tmp_path, names, [np.nan] * 4).frame
    assert frame["status"].tolist() == ["ok", "missing", "missing", "missing"]
    assert frame["reason"].str.contains("did you mean 'Scan_01.tif'").tolist()[1:3] == [True, True]
    assert "the folder" in frame["reason"][3]


def test_labels_without_a_porosity_are_refused_by_name(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", labelled(SHARES[0]), photometric="minisblack")
    frame = look(tmp_path, ["a.tif"], [np.nan]).frame
    assert frame["status"].tolist() == ["unreadable"]
    assert "0, 85, 170 (shares 20 %, 50 %, 30 %)" in frame["reason"][0]
    frame = look(tmp_path, ["a.tif"], [0.3]).frame
    assert (frame["status"][0], frame["pore_value"][0], frame["porosity_voxels"][0]) == (
        "ok",
        "170",
        pytest.approx(0.3),
    )
