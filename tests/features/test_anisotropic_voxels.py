"""Voxels that are no cubes: analytic shapes digitised anew, within the bias that each estimator has."""

import math

import numpy as np
import pytest

from poregrove.errors import SettingsError, VolumeError
from poregrove.features import describe, describe_batch, descriptors
from poregrove.features.crofton import DIRECTIONS, lines, planes
from poregrove.features.spacing import CUBE, ROUNDED, edge_and_spacing, squared_edges

SHAPES = [(1.0, 1.0, 1.0), (1.0, 2.0, 2.0), (3.0, 1.0, 1.0), (1.0, 1.5, 1.5), (1.0, 2.0, 3.0)]
EDGES = pytest.mark.parametrize("edges", SHAPES, ids=lambda edges: ":".join(f"{edge:g}" for edge in edges))
LONG = pytest.mark.parametrize("edges", [(5.0, 1.0, 1.0), (1.0, 5.0, 5.0), (1.0, 2.0, 5.0)], ids=str)


def places(size, edges):
    """Centres of the voxels of a cube of some size."""
    return np.meshgrid(*((np.arange(round(size / edge)) + 0.5) * edge for edge in edges), indexing="ij", sparse=True)


def ball(radius, edges, size=None):
    size = 2 * radius + 10 if size is None else size
    z, y, x = places(size, edges)
    centre = size / 2 + 0.13
    return (z - centre) ** 2 + (y - 1.01 * centre) ** 2 + (x - 0.99 * centre) ** 2 <= radius**2


def blocks(volume, edges):
    """Volume of the blocks of 2x2x2 voxels over which densities are means."""
    return math.prod((length - 1) * edge for length, edge in zip(volume.shape, edges, strict=True))


def values(volume, edges, *columns):
    return describe(volume, voxel_size=edges, columns=columns, device="cpu")


def seen(edges, normals):
    """Share of the area of flat walls that Crofton's formula sees: twice the mean of abs(cos) over the directions by their weights."""
    units = np.multiply(DIRECTIONS, edges) / np.array([line.length for line in lines(edges)])[:, None]
    return 2 * np.abs(normals @ units.T) @ np.array([line.weight for line in lines(edges)])


class TestBall:
    radius = 24

    @EDGES
    def test_surface_curvature_and_euler_number(self, edges):
        body = ball(self.radius, edges)
        found, content = values(body, edges, "minkowski"), blocks(body, edges)
        assert found["specific_surface"] * content == pytest.approx(4 * math.pi * self.radius**2, rel=0.01)
        assert found["mean_curvature_density"] * content == pytest.approx(4 * math.pi * self.radius, rel=0.01)
        assert found["euler_number_density"] * content == pytest.approx(1.0, abs=1e-9)
        assert found["euler_number_density_solid"] * content == pytest.approx(1.0, abs=1e-9)

    @LONG
    def test_up_to_a_ratio_of_five(self, edges):
        body = ball(self.radius, edges)
        found, content = values(body, edges, "minkowski"), blocks(body, edges)
        assert found["specific_surface"] * content == pytest.approx(4 * math.pi * self.radius**2, rel=0.03)
        assert found["mean_curvature_density"] * content == pytest.approx(4 * math.pi * self.radius, rel=0.04)

    def test_curvature_of_a_cavity_is_the_negative(self):
        edges = (1.0, 2.0, 2.0)
        body = ball(12, edges)
        one, other = (values(v, edges, "mean_curvature_density")["mean_curvature_density"] for v in (body, ~body))
        assert other == pytest.approx(-one, rel=1e-12)

    @EDGES
    def test_distances(self, edges):
        # of the uniform points of a ball the mean distance to its wall is R/4; a voxel's is longer by up to half its longest edge
        found = values(ball(self.radius, edges), edges, "wall_distance")
        assert self.radius / 4 <= found["wall_distance_mean"] <= self.radius / 4 + max(edges) / 2
        assert abs(found["wall_distance_max"] - self.radius) <= max(edges)

    @EDGES
    def test_thickness(self, edges):
        found = values(ball(self.radius, edges), edges, "local_thickness")
        assert found["local_thickness_mean_pore"] == pytest.approx(self.radius, abs=max(edges))
        assert found["local_thickness_std_pore"] <= max(edges)

    @EDGES
    def test_chords(self, edges):
        found = values(
            ball(self.radius, edges), edges, "chord_length_mean_z", "chord_length_mean_y", "chord_length_mean_x"
        )
        assert list(found.values()) == pytest.approx([4 * self.radius / 3] * 3, rel=0.01)


class TestCylinder:
    """Along x, of radius 12, in a box of 40: straight, so that what passes is its section."""

    radius = 12

    def cylinder(self, edges):
        z, y, x = places(40, edges)
        return ((z - 20.1) ** 2 + (y - 19.8) ** 2 <= self.radius**2) & (x > 0)

    @EDGES
    def test_what_passes_along_it(self, edges):
        names = ("bottleneck_radius_x", "constrictivity_x", "geodesic_tortuosity_mean_x", "intrusion_d50_low_x")
        found = values(self.cylinder(edges), edges, *names)
        assert found["bottleneck_radius_x"] == pytest.approx(self.radius, abs=max(edges))
        assert found["intrusion_d50_low_x"] == pytest.approx(self.radius, abs=max(edges))
        assert found["geodesic_tortuosity_mean_x"] == pytest.approx(1.0, abs=1e-6)
        assert found["constrictivity_x"] == pytest.approx(1.0, abs=1e-9)

    @EDGES
    def test_surface_and_curvature(self, edges):
        # a body that is not round is off by what the 13 directions leave: twice the mean of abs(cos) of planes with its axis
        body = self.cylinder(edges)
        found, content = values(body, edges, "minkowski"), blocks(body, edges)
        length = (body.shape[2] - 1) * edges[2]
        angles = np.linspace(0, 2 * math.pi, 720, endpoint=False)
        share = seen(edges, np.stack([np.sin(angles), np.cos(angles), 0 * angles], axis=1)).mean()
        assert found["specific_surface"] * content == pytest.approx(
            2 * math.pi * self.radius * length * share, rel=0.03
        )
        normals = np.divide(DIRECTIONS, edges)
        cosines = np.abs(normals[:, 2]) / np.linalg.norm(normals, axis=1)
        share = 2 * sum(plane.weight * cosine for plane, cosine in zip(planes(edges), cosines, strict=True))
        assert found["mean_curvature_density"] * content == pytest.approx(math.pi * length * share, rel=0.03)


class TestBooleanModel:
    """One realisation of overlapping spheres, digitised in each kind of voxels."""

    radius, size = 8.0, 96.0

    def centres(self):
        random = np.random.default_rng(5)
        margin = self.radius + 1
        density = math.log(2) / (4 / 3 * math.pi * self.radius**3)
        number = random.poisson(density * (self.size + 2 * margin) ** 3)
        return random.random((number, 3)) * (self.size + 2 * margin) - margin

    def volume(self, edges):
        z, y, x = places(self.size, edges)
        solid = np.zeros(np.broadcast_shapes(z.shape, y.shape, x.shape), bool)
        for cz, cy, cx in self.centres():
            at = [(np.abs(axis - c) <= self.radius).ravel() for axis, c in ((z, cz), (y, cy), (x, cx))]
            box = tuple(slice(int(np.argmax(near)), len(near) - int(np.argmax(near[::-1]))) for near in at)
            if all(near.any() for near in at):
                near = (z[box[0]] - cz) ** 2 + (y[:, box[1]] - cy) ** 2 + (x[:, :, box[2]] - cx) ** 2
                solid[box] |= near <= self.radius**2
        return ~solid

    @EDGES
    def test_correlation_lineal_path_chords_surface_and_distances(self, edges):
        pores = self.volume(edges)
        found = values(
            pores, edges, "two_point_correlation", "lineal_path", "chord_length", "minkowski", "wall_distance"
        )
        eta = -math.log(pores.mean())
        for lag in (2, 4, 8, 16):
            ratio = lag / self.radius
            union = 1 + 3 * ratio / 4 - ratio**3 / 16 if ratio < 2 else 2.0
            assert found[f"two_point_correlation_r{lag}"] == pytest.approx(math.exp(-eta * union), abs=0.015)
            lineal = np.mean([found[f"lineal_path_r{lag}_{axis}"] for axis in "zyx"])
            assert lineal == pytest.approx(math.exp(-eta * (1 + 3 * ratio / 4)), abs=0.015)
        chord = np.mean([found[f"chord_length_mean_{axis}"] for axis in "zyx"])
        # chords are long by half an edge of a voxel of either kind that a line leaves out
        assert 1.0 < chord / (4 * self.radius / (3 * eta)) < 1.05 + 0.03 * (max(edges) - 1)
        # the edges at which spheres meet are lost between voxels: 2 % in cubes of R/8, 6 % where they are twice as long, 8 % thrice
        surface = found["specific_surface"] / (3 * eta * pores.mean() / self.radius)
        assert 0.96 - 0.03 * (max(edges) - 1) < surface < 1.01
        depth = np.linspace(0, 60, 6001)
        mean = np.trapezoid(np.exp(-eta * ((1 + depth / self.radius) ** 3 - 1)), depth)
        assert mean <= found["wall_distance_mean"] <= mean + 0.6 * max(edges)


class TestFlatWalls:
    width = 17.3

    def sheets(self, normal, edges, shift):
        """Parallel sheets of pore and solid in turn: 1 / width of wall per volume, as a mean over what they are shifted by."""
        z, y, x = places(60, edges)
        return np.floor((normal[0] * z + normal[1] * y + normal[2] * x) / self.width + shift) % 2 == 0

    @pytest.mark.parametrize("edges", [*SHAPES, (5.0, 1.0, 1.0), (1.0, 5.0, 5.0)], ids=str)
    def test_the_surface_of_a_plane_is_what_its_directions_see(self, edges):
        # Crofton's formula on a plane: twice the mean of |cos| over the directions by their weights
        for normal in ((1.0, 0.0, 0.0), (0.0, 0.6, 0.8), (0.48, 0.6, 0.64), (-0.36, 0.48, 0.8)):
            found = [
                values(self.sheets(normal, edges, shift), edges, "specific_surface")["specific_surface"]
                for shift in np.linspace(0, 1, 8, endpoint=False)
            ]
            assert np.mean(found) == pytest.approx(seen(edges, normal) / self.width, rel=0.03)

    @pytest.mark.parametrize(
        ("edges", "low", "high"), [(CUBE, 0.92, 1.03), ((1.0, 2.0, 2.0), 0.84, 1.08), ((1.0, 5.0, 5.0), 0.71, 1.10)]
    )
    def test_the_bias_over_all_orientations(self, edges, low, high):
        normals = np.random.default_rng(0).standard_normal((4000, 3))
        shares = seen(edges, normals / np.linalg.norm(normals, axis=1, keepdims=True))
        assert shares.mean() == pytest.approx(1.0, abs=0.005)
        assert low < shares.min() < shares.max() < high


class TestWeights:
    def test_those_of_cubes_are_the_published_ones(self):
        published = {1: 0.0915557824, 2: 0.0739612557, 3: 0.0703912795}
        for found in (lines(CUBE), planes(CUBE)):
            expected = [published[np.abs(step).sum()] for step in DIRECTIONS]
            assert [one.weight for one in found] == pytest.approx(expected, abs=1e-9)

    @EDGES
    def test_they_are_the_shares_of_directions_nearest_to_each(self, edges):
        random = np.random.default_rng(2).standard_normal((40_000, 3))
        # lines run along steps of voxels, normals of planes shrink where voxels are long
        for found, vectors in (
            (lines(edges), np.multiply(DIRECTIONS, edges)),
            (planes(edges), np.divide(DIRECTIONS, edges)),
        ):
            units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            nearest = np.bincount(np.abs(random @ units.T).argmax(axis=1), minlength=13) / len(random)
            assert [one.weight for one in found] == pytest.approx(nearest.tolist(), abs=0.006)

    @EDGES
    def test_the_cells_of_planes(self, edges):
        for plane, normal in zip(planes(edges), DIRECTIONS, strict=True):
            corners = {corner for polygons in plane.polygons for polygon in polygons for corner in polygon}
            assert len(corners) in (4, 6, 8)
            for polygons in plane.polygons:
                for polygon in polygons:
                    heights = {np.dot(normal, [corner >> 2 & 1, corner >> 1 & 1, corner & 1]) for corner in polygon}
                    assert len(heights) == 1

    def test_squared_edges_are_whole_and_close(self):
        assert squared_edges((1.0, 2.0, 2.0), (64, 64, 64)) == ((1, 4, 4), 1)
        assert squared_edges((1.0, 1.5, 1.5), (64, 64, 64)) == ((4, 9, 9), 4)
        assert squared_edges(edge_and_spacing((3e-7, 1e-7, 1e-7))[1], (64, 64, 64)) == ((9, 1, 1), 1)
        random = np.random.default_rng(0)
        for edges in random.uniform(1.0, 5.0, (200, 3)):
            spacing = tuple(edges / edges.min())
            weights, parts = squared_edges(spacing, (300, 300, 300))
            assert np.allclose(np.sqrt(np.divide(weights, parts)), spacing, rtol=ROUNDED)


class TestCubesByAnyName:
    volume = np.random.default_rng(7).random((14, 12, 13)) < 0.5

    def row(self, voxel_size, **options):
        return describe(self.volume, voxel_size=voxel_size, tiers=["morphology"], device="cpu", **options)

    @staticmethod
    def same(one, other, rel=0.0):
        for name, value in one.items():
            assert other[name] == pytest.approx(value, rel=rel, abs=0.0, nan_ok=True), name

    def test_three_equal_edges_are_one(self):
        self.same(self.row(2e-7), self.row((2e-7, 2e-7, 2e-7)))

    def test_lengths_scale_with_the_edges(self):
        plain, scaled = self.row((1.0, 2.0, 2.0)), self.row((1e-7, 2e-7, 2e-7))
        powers = {column.name: column.length_power for column in descriptors("morphology")}
        self.same({name: value * 1e-7 ** powers[name] for name, value in plain.items()}, scaled, rel=1e-9)

    def test_axes_may_be_exchanged(self):
        plain = self.row((1.0, 2.0, 3.0))
        turned = describe(
            self.volume.transpose(2, 0, 1), voxel_size=(3.0, 1.0, 2.0), tiers=["morphology"], device="cpu"
        )
        letters = {"z": "y", "y": "x", "x": "z"}
        for name, value in plain.items():
            there = name[:-1] + letters[name[-1]] if name[-2:] in ("_z", "_y", "_x") else name
            assert turned[there] == pytest.approx(value, rel=1e-5, nan_ok=True), name

    def test_a_batch_may_mix_them(self):
        # volumes of one shape and two kinds of voxels are two batches
        from poregrove.features import Volume

        volumes = [Volume(self.volume, size, "", "", math.nan) for size in (1e-7, (1e-7, 2e-7, 2e-7))]
        columns = ["wall_distance_mean", "chord_length_mean_y"]
        rows = describe_batch(volumes, columns=columns, device="cpu")
        alone = [describe(volume, columns=columns, device="cpu") for volume in volumes]
        assert rows == alone
        assert rows[0] != rows[1]


def test_what_cannot_be_is_nan():
    named = {column.name for column in descriptors("morphology") if column.only_cubes}
    assert named == {"fractal_dimension"}
    volume = np.random.default_rng(7).random((14, 12, 13)) < 0.5
    assert math.isnan(values(volume, (1.0, 2.0, 2.0), "fractal_dimension")["fractal_dimension"])


def test_lengths_beyond_what_was_tested_come_with_a_warning():
    with pytest.warns(UserWarning, match="differ 6 times"):
        describe(np.ones((3, 3, 3), bool), voxel_size=(6e-7, 1e-7, 1e-7), columns="porosity", device="cpu")


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        ((1e-7, 1e-7), SettingsError, "a length in metres, as in 1e-7, or three"),
        ((1e-7, 1e-7, "x"), SettingsError, "or three"),
        ((1e-7, 0.0, 1e-7), VolumeError, "positive voxel size"),
        ((1e-7, math.nan, 1e-7), VolumeError, "positive voxel size"),
        ((1e-6, 1e-8, 1e-8), VolumeError, "less than 20 times"),
    ],
)
def test_what_is_no_voxel_is_refused(size, error, words):
    with pytest.raises(error, match=words):
        describe(np.ones((3, 3, 3), bool), voxel_size=size, columns="porosity", device="cpu")
