"""Volumes of several phases: shares, walls by pair, triple lines, and each phase by its own mask."""

import itertools
import math
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from poregrove.errors import SettingsError, VolumeError
from poregrove.features import Volume, describe, describe_batch
from poregrove.features.backends import get_backend
from poregrove.features.contacts import STRAIGHTENED, Contacts

PHASES = {"pore": 0, "active": 85, "binder": 170}
PUBLISHED = Path(os.environ.get("POREGROVE_REFERENCE", "."), "published", "electrode_256.tif")


def fields(shape, length, seed=0):
    return [ndimage.gaussian_filter(np.random.default_rng(seed + n).standard_normal(shape), length) for n in range(2)]


@pytest.fixture(scope="module")
def labels():
    """Three phases of smooth fields, with all kinds of walls and triple lines."""
    first, second = fields((40, 36, 44), 2.0)
    return np.where(first < 0, 0, np.where(second < 0, 85, 170)).astype(np.uint8)


def values(labels, *columns, **options):
    return describe(labels, phases=PHASES, columns=columns, device="cpu", **options)


def contacts(masks, edges=(1.0, 1.0, 1.0)):
    return Contacts(masks, get_backend("cpu"), edges)


def sectors(direction, edges, size=60.0):
    """Three phases that meet along one line of a direction, 120 degrees each, and the length of that line in the box."""
    direction = np.array(direction) / np.linalg.norm(direction)
    across = np.cross(direction, np.eye(3)[int(np.argmin(np.abs(direction)))])
    across /= np.linalg.norm(across)
    third = np.cross(direction, across)
    places = np.stack(
        np.meshgrid(*((np.arange(round(size / edge)) + 0.5) * edge - size / 2 for edge in edges), indexing="ij"),
        axis=-1,
    )
    angle = np.arctan2(places @ third + 0.13, places @ across - 0.21)
    return {
        name: np.floor(angle / (2 * math.pi / 3)) == sector for sector, name in zip((-2, -1, 0, 1), "cabd", strict=True)
    }


class TestShares:
    def test_they_are_those_of_the_voxels(self, labels):
        found = values(labels, "fraction_*")
        assert found == {f"fraction_{name}": pytest.approx((labels == value).mean()) for name, value in PHASES.items()}

    def test_a_phase_that_a_volume_lacks_has_none(self):
        found = values(np.zeros((4, 5, 6), np.uint8), "phases")
        assert (
            found["fraction_active"] == found["interface_pore_active"] == found["triple_line_pore_active_binder"] == 0.0
        )


class TestWalls:
    @pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (1.0, 2.0, 2.0)], ids=str)
    def test_those_of_a_phase_add_up_to_its_surface(self, labels, edges):
        found = values(labels, "phases", "specific_surface*", voxel_size=edges)
        pairs = {pair: found[f"interface_{'_'.join(pair)}"] for pair in itertools.combinations(PHASES, 2)}
        for name in PHASES:
            own = found["specific_surface" if name == "pore" else f"specific_surface_{name}"]
            assert sum(area for pair, area in pairs.items() if name in pair) == pytest.approx(own, rel=1e-12)
        assert all(area > 0 for area in pairs.values())

    def test_a_ball_in_a_shell(self):
        z, y, x = np.ogrid[-24:25, -24:25, -24:25]
        distance = np.sqrt(z**2 + y**2 + x**2)
        body = np.where(distance <= 11.5, 0, np.where(distance <= 19.5, 85, 170))
        found, content = values(body, "phases"), 48.0**3
        assert found["interface_pore_active"] * content == pytest.approx(4 * math.pi * 11.5**2, rel=0.02)
        assert found["interface_active_binder"] * content == pytest.approx(4 * math.pi * 19.5**2, rel=0.02)
        assert found["interface_pore_binder"] == pytest.approx(0.0, abs=1e-12)
        assert found["triple_line_pore_active_binder"] == pytest.approx(0.0, abs=1e-12)

    def test_four_phases_add_up_too(self):
        first, second = fields((30, 30, 30), 2.0, seed=5)
        masks = {a + b: np.equal(first < 0, a == "p") & np.equal(second < 0, b == "p") for a in "pm" for b in "pm"}
        found = contacts(masks)
        from poregrove.features import describe

        for name, mask in masks.items():
            own = describe(mask, columns="specific_surface", device="cpu")["specific_surface"]
            assert sum(found.area(name, other) for other in masks if other != name) == pytest.approx(own, rel=1e-12)

    @pytest.mark.slow
    def test_faces_counted_one_by_one_are_half_as_many_again(self, labels):
        pytest.importorskip("torch")
        metrics = pytest.importorskip("taufactor.metrics")
        counted = metrics.interfacial_areas(labels, device="cpu")
        found = values(labels, "interface_*")
        for (first, second), area in counted.items():
            names = [name for name, value in PHASES.items() if value in (first, second)]
            assert area / found[f"interface_{'_'.join(names)}"] == pytest.approx(1.5, rel=0.05)


class TestTripleLines:
    def brute(self, labels, edges):
        """Edges of voxels that touch all three phases, by length, per volume of the blocks between centres."""
        total = 0.0
        for axis in range(3):
            first, second = (other for other in range(3) if other != axis)
            four = [np.roll(np.roll(labels, -i, first), -j, second) for i in (0, 1) for j in (0, 1)]
            met = np.logical_and.reduce([np.any([one == value for one in four], axis=0) for value in PHASES.values()])
            inner = [slice(None)] * 3
            inner[first] = inner[second] = slice(0, -1)
            met = np.moveaxis(met[tuple(inner)], axis, 0)
            # an edge at a face of the volume belongs to half a block
            shares = np.ones(len(met))
            shares[[0, -1]] = 0.5
            total += shares @ met.sum(axis=(1, 2)) * edges[axis]
        return total / math.prod((length - 1) * edge for length, edge in zip(labels.shape, edges, strict=True))

    @pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (1.0, 2.0, 3.0)], ids=str)
    def test_edges_are_counted(self, labels, edges):
        found = values(labels, "triple_line_*", voxel_size=edges)["triple_line_pore_active_binder"]
        assert found == pytest.approx(STRAIGHTENED * self.brute(labels, edges), rel=1e-9)

    def test_of_four_phases_three_are_counted(self, labels):
        fourth = labels.copy()
        fourth[fields(labels.shape, 3.0, seed=9)[0] > 0.02] = 255
        masks = {str(value): fourth == value for value in (0, 85, 170, 255)}
        found = contacts(masks).triple_length("0", "85", "170")
        assert found == pytest.approx(STRAIGHTENED * self.brute(fourth, (1.0, 1.0, 1.0)), rel=1e-9)

    @pytest.mark.slow
    def test_taufactor_counts_the_same_edges(self, labels):
        pytest.importorskip("torch")
        metrics = pytest.importorskip("taufactor.metrics")
        # its share is of the edges inside the volume, three a voxel
        share = float(metrics.triple_phase_boundary(labels.astype(np.int32)))
        found = values(labels, "triple_line_*")["triple_line_pore_active_binder"]
        assert found == pytest.approx(STRAIGHTENED * 3 * share, rel=0.02)

    @pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (1.0, 2.0, 2.0)], ids=str)
    def test_the_mean_over_all_directions_is_the_length(self, edges):
        ratios = []
        directions = np.random.default_rng(1).standard_normal((24, 3))
        for direction in directions:
            masks = sectors(direction, edges)
            masks = {"a": masks["a"], "b": masks["b"], "c": masks["c"] | masks["d"]}
            content = math.prod((size - 1) * edge for size, edge in zip(masks["a"].shape, edges, strict=True))
            unit = direction / np.linalg.norm(direction)
            ratios.append(contacts(masks, edges).triple_length("a", "b", "c") * content / (60.0 / np.abs(unit).max()))
        assert np.mean(ratios) == pytest.approx(1.0, abs=0.08)

    def test_the_bias_of_straight_lines(self):
        for direction, expected in (((1, 0, 0), 2 / 3), ((1, 1, 1), 2 / math.sqrt(3))):
            masks = sectors(direction, (1.0, 1.0, 1.0))
            masks = {"a": masks["a"], "b": masks["b"], "c": masks["c"] | masks["d"]}
            length = 60.0 * math.sqrt(sum(direction))
            found = contacts(masks).triple_length("a", "b", "c") * 59.0**3
            assert found / length == pytest.approx(expected, abs=0.05)


class TestEachPhase:
    def test_it_is_the_pores_of_its_own_mask(self, labels):
        found = values(labels, "porosity*", "chord_length_mean*_y", "local_thickness_mean_*", "percolates*_x")
        for name, value in PHASES.items():
            row = describe(
                labels == value,
                columns=["porosity", "chord_length_mean_y", "local_thickness_mean_pore", "percolates_x"],
                device="cpu",
            )
            end = "" if name == "pore" else f"_{name}"
            assert found[f"porosity{end}"] == row["porosity"]
            assert found[f"chord_length_mean{end}_y"] == row["chord_length_mean_y"]
            assert found[f"local_thickness_mean_{name}"] == row["local_thickness_mean_pore"]
            assert found[f"percolates{end}_x"] == row["percolates_x"]

    def test_the_pores_keep_every_two_phase_column(self, labels):
        two = describe(labels, pore=0, tiers="morphology", device="cpu")
        several = describe(labels, phases=PHASES, tiers="morphology", device="cpu")
        assert {name: several[name] for name in two} == pytest.approx(two, rel=0, abs=0, nan_ok=True)
        assert not [name for name in several if "solid" in name and name not in two]

    def test_a_two_phase_name_is_that_of_the_pores_or_of_all(self, labels):
        assert list(values(labels, "porosity")) == ["porosity"]
        found = describe(labels, phases={"gas": 0, "rest": (85, 170)}, columns="percolates_z", device="cpu")
        assert list(found) == ["percolates_gas_z", "percolates_rest_z"]

    def test_only_what_is_named_is_computed(self, labels):
        assert list(values(labels, "fraction_active", "porosity_active")) == ["fraction_active", "porosity_active"]

    def test_a_batch_is_its_volumes(self, labels):
        columns = ["phases", "chord_length_mean_z"]
        rows = describe_batch([labels, labels[::-1]], phases=PHASES, columns=columns, device="cpu")
        assert rows == [describe(each, phases=PHASES, columns=columns, device="cpu") for each in (labels, labels[::-1])]


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        ({"pore": 0}, "names with grey values"),
        ({"pore": 0, "Active": 85}, "lower case words"),
        ({"pore": 0, "solid": 85}, "lower case words"),
        ({"pore": 0, "active": (85, 0)}, "grey value 0 belongs to two phases"),
        ({"pore": 0, "active": "85"}, "grey values such as 255"),
        ({"pore": 0, "active": ()}, "expects a grey value or several"),
    ],
)
def test_what_are_no_phases_is_refused(labels, phases, words):
    with pytest.raises(SettingsError, match=words):
        describe(labels, phases=phases, columns="porosity", device="cpu")


def test_what_contradicts_phases_is_refused(labels, tmp_path):
    with pytest.raises(SettingsError, match="leave pore out"):
        describe(labels, phases=PHASES, pore=0, columns="porosity", device="cpu")
    with pytest.raises(SettingsError, match="a Volume holds one mask"):
        describe(Volume(labels == 0, None, "", "", math.nan), phases=PHASES, columns="porosity", device="cpu")
    with pytest.raises(SettingsError, match=r"unknown descriptor column 'porosity_activ' of phases.*porosity_active"):
        values(labels, "porosity_activ")
    path = tmp_path / "three.tif"
    tifffile.imwrite(path, labels, photometric="minisblack")
    with pytest.raises(VolumeError, match=r"three\.tif: \d+ voxels belong to no phase, of the values 170"):
        describe(path, phases={"pore": 0, "active": 85}, columns="porosity", device="cpu")


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="POREGROVE_REFERENCE names no reference data")
def test_a_published_electrode():
    found = values(tifffile.imread(PUBLISHED), "phases", "specific_surface*", voxel_size=100e-6 / 256)
    shares = [found[f"fraction_{name}"] for name in PHASES]
    assert shares == pytest.approx([0.4499, 0.4005, 0.1496], abs=5e-5)
    # faces counted one by one are half as many again, a little more where a wall is as rough as its voxels
    published = {"specific_surface": 785_502, "specific_surface_active": 374_028, "specific_surface_binder": 876_100}
    for name, faces in published.items():
        assert 1.48 < faces / found[name] < 1.62
