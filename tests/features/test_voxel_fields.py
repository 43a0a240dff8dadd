"""Fields voxel by voxel, and the files that hold them."""

import numpy as np
import pytest
from scipy import ndimage

from poregrove.errors import SettingsError
from poregrove.features import conduction_fields, describe, fields, load_volume
from poregrove.features.formats import read_scan
from poregrove.features.formats.writing import write_tiff, write_vti
from poregrove.features.voxel_fields import FIELDS
from poregrove.features.voxels import ReadOptions
from poregrove.pipelines.commands.main import main

MASK = np.random.default_rng(1).random((10, 12, 14)) < 0.55
EDGES = (3e-7, 2e-7, 1e-7)


def test_fields_are_those_of_the_primitives():
    found = fields(MASK, device="cpu").arrays
    assert tuple(found) == tuple(FIELDS)
    solved = conduction_fields(MASK, {0: 0.0, 1: 1.0}, device="cpu")
    np.testing.assert_array_equal(found["concentration"], solved.potential)
    np.testing.assert_array_equal(found["flux_y"], solved.flux[1])
    np.testing.assert_allclose(found["distance"], ndimage.distance_transform_edt(MASK), rtol=1e-6)
    thickness = found["thickness"][MASK].mean()
    assert thickness == pytest.approx(describe(MASK, columns="local_thickness_mean_pore")["local_thickness_mean_pore"])


@pytest.mark.parametrize("axis", ["z", "x"])
def test_clusters_are_told_by_the_faces_that_they_touch(axis):
    kinds = fields(MASK, "clusters", axis=axis, device="cpu").arrays["clusters"]
    labels, count = ndimage.label(MASK)
    along = np.moveaxis(labels, "zyx".index(axis), 0)
    expected = np.zeros(count + 1)
    for number in range(1, count + 1):
        expected[number] = 3 - (number in along[0]) - (number in along[-1])
    np.testing.assert_array_equal(kinds, expected[labels])


def test_lengths_are_in_metres_and_follow_the_edges():
    distance = fields(MASK, "distance", voxel_size=EDGES, device="cpu").arrays["distance"]
    np.testing.assert_allclose(distance, ndimage.distance_transform_edt(MASK, sampling=EDGES), rtol=1e-5)


def test_without_a_wall_there_is_no_distance():
    assert np.isnan(fields(np.ones((3, 3, 3), bool), "distance", device="cpu").arrays["distance"]).all()


def test_unknown_names_are_refused():
    with pytest.raises(SettingsError, match="did you mean 'thickness'"):
        fields(MASK, "thicknes")
    with pytest.raises(SettingsError, match="unknown axis"):
        fields(MASK, "distance", axis="w")


def test_image_data_of_vtk_is_read_back(tmp_path):
    arrays = fields(MASK, ["concentration", "distance"], device="cpu").arrays
    write_vti(tmp_path / "fields.vti", arrays, (3.0, 2.0, 1.0))
    scan = read_scan(f"{tmp_path / 'fields.vti'}:distance", ReadOptions())
    np.testing.assert_array_equal(scan.voxels, arrays["distance"])
    text = (tmp_path / "fields.vti").read_bytes()
    assert b'WholeExtent="0 14 0 12 0 10" Origin="0 0 0" Spacing="1.0 2.0 3.0"' in text


def test_a_stack_is_read_back_with_its_spacing(tmp_path):
    array = fields(MASK, "distance", device="cpu").arrays["distance"]
    write_tiff(tmp_path / "distance.tif", array, EDGES)
    scan = read_scan(tmp_path / "distance.tif", ReadOptions())
    np.testing.assert_array_equal(scan.voxels, array)
    assert scan.spacing == pytest.approx(EDGES, rel=1e-5)


def test_the_verb_writes_both(tmp_path, capfd):
    np.save(tmp_path / "volume.npy", MASK.astype(np.uint8))
    words = ["fields", str(tmp_path / "volume.npy"), "--pore", "1", "--voxel-size", "1e-7", "--device", "cpu"]
    assert main([*words, "--out", str(tmp_path / "all.vti"), "--fields", "clusters,distance"]) == 0
    assert main([*words, "--out", str(tmp_path / "distance.tif"), "--fields", "distance"]) == 0
    assert load_volume(tmp_path / "distance.tif", pore=0.0, voxel_size="file").voxel_size == pytest.approx(1e-7)
    assert main([*words, "--out", str(tmp_path / "flux.tif"), "--fields", "flux"]) == 2
    assert "holds one field" in capfd.readouterr().err
