"""A look at the volumes of a data set: what is readable, what is pore, what is twice there."""

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.pipelines.data.paths import resolve_inside
from poregrove.pipelines.data.volumes import inspect_volumes
from poregrove.pipelines.settings import VolumeSettings
from poregrove.schema import VOLUMES


class Images:
    """As much of a data set as the look needs: file names resolved inside a folder."""

    def __init__(self, folder):
        self.folder = folder

    @property
    def images(self):
        return self.folder

    def resolve(self, filename):
        return resolve_inside(self.folder, filename)


def save(folder, name, mask):
    tifffile.imwrite(folder / name, mask.astype(np.uint8) * 255, photometric="minisblack")


def look(folder, names, porosity=None, **settings):
    rows = pd.DataFrame({"filename": names, "porosity_raw": porosity or [np.nan] * len(names)})
    return inspect_volumes(Images(folder), rows, VolumeSettings(**settings), workers=1)


@pytest.fixture
def mask():
    return np.random.default_rng(0).random((10, 11, 12)) < 0.6


def test_every_file_has_its_row_in_the_columns_of_the_schema(tmp_path, mask):
    save(tmp_path, "a.tif", mask)
    (tmp_path / "b.tif").write_bytes(b"not a TIFF file")
    frame = look(tmp_path, ["a.tif", "b.tif", "c.tif", "../d.tif", "a.tif"]).frame.set_index("filename")
    assert [*frame.reset_index().columns] == [*VOLUMES.names]
    assert frame["status"].to_dict() == {
        "a.tif": "ok",
        "b.tif": "unreadable",
        "c.tif": "missing",
        "../d.tif": "unreadable",
    }
    assert frame.loc[["b.tif", "c.tif", "../d.tif"], "reason"].notna().all()
    assert pd.isna(frame.loc["a.tif", "reason"])
    assert frame.loc["a.tif", "shape"] == "10x11x12"
    assert frame.loc["a.tif", "porosity_voxels"] == mask.mean()


def test_the_same_voxels_have_one_digest_and_their_mirror_image_the_same_canonical_one(tmp_path, mask):
    save(tmp_path, "a.tif", mask)
    save(tmp_path, "again.tif", mask)
    save(tmp_path, "flipped.tif", mask[::-1])
    save(tmp_path, "turned.tif", np.rot90(mask, axes=(0, 2)))
    save(tmp_path, "other.tif", np.roll(mask, 1, axis=0))
    frame = look(tmp_path, ["a.tif", "again.tif", "flipped.tif", "turned.tif", "other.tif"]).frame
    assert frame["volume_digest"].nunique() == 4
    assert frame["volume_digest"].iloc[0] == frame["volume_digest"].iloc[1]
    assert len(set(frame["canonical_digest"].iloc[:4])) == 1
    assert frame["canonical_digest"].nunique() == 2


def test_a_path_along_axis_0_percolates_and_one_along_axis_2_does_not(tmp_path):
    along_z, along_x = np.zeros((2, 6, 6, 6), bool)
    along_z[:, 2, 3] = True
    along_x[2, 3, :] = True
    save(tmp_path, "z.tif", along_z)
    save(tmp_path, "x.tif", along_x)
    assert list(look(tmp_path, ["z.tif", "x.tif"]).frame["percolates"]) == [True, False]


def test_pore_is_the_phase_that_the_stated_porosity_says(tmp_path, mask):
    save(tmp_path, "a.tif", ~mask)
    seen = look(tmp_path, ["a.tif"], [mask.mean()])
    assert seen.phase.rule == "lower"
    assert seen.frame.loc[0, "pore_value"] == "0"
    assert seen.frame.loc[0, "porosity_voxels"] == mask.mean()


def test_a_volume_that_declares_too_many_voxels_is_not_read(tmp_path, mask):
    save(tmp_path, "a.tif", mask)
    frame = look(tmp_path, ["a.tif"], max_voxels=1000).frame
    assert frame.loc[0, "status"] == "unreadable"
    assert "1320 voxels, more than the 1000 allowed" in frame.loc[0, "reason"]
