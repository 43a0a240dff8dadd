"""Closed forms, each with the bias of its estimator as it is known."""

import math

import numpy as np
import pytest

from poregrove.features import describe


def ball(radius, margin=3):
    """A digitised ball in a box, True inside."""
    reach = int(np.ceil(radius)) + margin
    z, y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1, -reach : reach + 1]
    return z**2 + y**2 + x**2 <= radius**2


def values(volume, *columns):
    return describe(volume, columns=columns, device="cpu")


class TestBooleanModel:
    """Overlapping spheres of radius R: eta = -ln(porosity) takes out the scatter of one realisation."""

    radius = 10.0

    def eta(self, volume):
        return -math.log(volume.mean())

    @pytest.mark.parametrize("lag", [1, 2, 4, 8, 16, 32])
    def test_two_point_correlation(self, boolean_model, lag):
        ratio = lag / self.radius
        union = 1 + 3 * ratio / 4 - ratio**3 / 16 if ratio < 2 else 2.0
        expected = math.exp(-self.eta(boolean_model) * union)
        found = values(boolean_model, f"two_point_correlation_r{lag}")[f"two_point_correlation_r{lag}"]
        assert found == pytest.approx(expected, abs=0.007)

    @pytest.mark.parametrize("lag", [2, 4, 8, 16, 32])
    def test_lineal_path(self, boolean_model, lag):
        expected = math.exp(-self.eta(boolean_model) * (1 + 3 * lag / (4 * self.radius)))
        names = [f"lineal_path_r{lag}_{axis}" for axis in "zyx"]
        assert np.mean(list(values(boolean_model, *names).values())) == pytest.approx(expected, abs=0.007)

    def test_mean_chord_is_two_percent_long(self, boolean_model):
        expected = 4 * self.radius / (3 * self.eta(boolean_model))
        names = [f"chord_length_mean_{axis}" for axis in "zyx"]
        ratio = np.mean(list(values(boolean_model, *names).values())) / expected
        assert 1.0 < ratio < 1.05

    def test_specific_surface(self, boolean_model):
        expected = 3 * self.eta(boolean_model) * boolean_model.mean() / self.radius
        assert values(boolean_model, "specific_surface")["specific_surface"] == pytest.approx(expected, rel=0.03)

    def test_distances_lie_within_half_a_voxel(self, boolean_model):
        # survival of the distance to the wall, exp(-eta ((1 + d/R)^3 - 1)); a voxel's distance is in [d, d + 1/2]
        depth = np.linspace(0, 60, 60001)
        survival = np.exp(-self.eta(boolean_model) * ((1 + depth / self.radius) ** 3 - 1))
        mean = np.trapezoid(survival, depth)
        assert mean <= values(boolean_model, "wall_distance_mean")["wall_distance_mean"] <= mean + 0.6

    def test_pores_of_the_boolean_model_bulge_in(self, boolean_model):
        assert values(boolean_model, "mean_curvature_density")["mean_curvature_density"] < 0


class TestBodies:
    @pytest.mark.parametrize(("radius", "ratio"), [(8, 0.988), (24, 0.994), (48, 0.998)])
    def test_surface_of_a_ball(self, radius, ratio):
        body = ball(radius)
        # only the patterns inside the box count
        cubes = (body.shape[0] - 1) ** 3
        area = values(body, "specific_surface")["specific_surface"] * cubes
        assert area / (4 * math.pi * radius**2) == pytest.approx(ratio, abs=0.002)

    @pytest.mark.parametrize(("radius", "excess"), [(8, 0.017), (48, 0.002)])
    def test_mean_curvature_of_a_ball(self, radius, excess):
        body = ball(radius)
        total = values(body, "mean_curvature_density")["mean_curvature_density"] * (body.shape[0] - 1) ** 3
        assert total / (4 * math.pi * radius) == pytest.approx(1 + excess, abs=0.001)

    def test_mean_curvature_of_a_cavity_is_negative(self):
        body = ball(12)
        inside, outside = (
            values(volume, "mean_curvature_density")["mean_curvature_density"] for volume in (body, ~body)
        )
        assert outside == pytest.approx(-inside, rel=1e-12)

    @staticmethod
    def euler(volume):
        cubes = np.prod(np.array(volume.shape) - 1)
        found = values(volume, "euler_number_density", "euler_number_density_solid")
        return [round(value * cubes, 6) for value in found.values()]

    def test_euler_number_of_a_ball_is_one(self):
        assert self.euler(ball(7)) == [1, 1]

    def test_euler_number_of_disjoint_balls_counts_them(self):
        row = np.concatenate([ball(4)] * 5)
        assert self.euler(row) == [5, 5]

    def test_euler_number_of_a_torus_is_zero(self):
        z, y, x = np.ogrid[-8:9, -20:21, -20:21]
        assert self.euler((np.hypot(y, x) - 12) ** 2 + z**2 <= 25) == [0, 0]

    def test_euler_number_of_a_hollow_shell_is_two(self):
        outer = ball(9)
        inner = np.pad(ball(4, margin=0), (outer.shape[0] - 9) // 2)
        assert self.euler(outer & ~inner) == [2, 2]

    @pytest.mark.parametrize("genus", [2, 3])
    def test_euler_number_falls_by_one_a_handle(self, genus):
        plate = np.zeros((7, 9, 6 * genus + 3), bool)
        plate[2:5, 2:-2, 2:-2] = True
        for hole in range(genus):
            plate[:, 4, 5 + 6 * hole] = False
        assert self.euler(plate) == [1 - genus, 1 - genus]

    def test_cubes_that_meet_in_a_corner_are_one_piece_for_26_neighbours_only(self):
        pair = np.zeros((6, 6, 6), bool)
        pair[1:3, 1:3, 1:3] = pair[3:5, 3:5, 3:5] = True
        # the solid joined by faces sees the pores joined by corners
        assert self.euler(pair) == [2, 1]


class TestSizes:
    @pytest.mark.parametrize("width", [9, 10])
    def test_local_thickness_of_a_slab_is_its_half_width_everywhere(self, width):
        slab = np.pad(np.ones((width, 30, 30), bool), ((3, 3), (0, 0), (0, 0)))
        found = values(slab, *(f"local_thickness_{which}_pore" for which in ("mean", "std", "d10", "d90")))
        assert list(found.values()) == [5.0, 0.0, 5.0, 5.0]

    def test_a_straight_channel_has_no_bottleneck(self):
        channel = np.zeros((12, 15, 15), bool)
        channel[:, 4:11, 4:11] = True
        found = values(channel, "bottleneck_radius_z", "constrictivity_z", "geodesic_tortuosity_mean_z")
        assert found == {"bottleneck_radius_z": 4.0, "constrictivity_z": 1.0, "geodesic_tortuosity_mean_z": 1.0}

    def test_a_neck_decides_what_passes(self):
        bottle = np.zeros((21, 15, 15), bool)
        bottle[:, 2:13, 2:13] = True
        bottle[9:12] = False
        bottle[9:12, 6:9, 6:9] = True
        found = values(bottle, "bottleneck_radius_z", "constrictivity_z", "intrusion_d20_low_z", "intrusion_d80_low_z")
        assert found["bottleneck_radius_z"] == 2.0
        # the near chamber fills at its own size, the far one through the neck
        assert found["intrusion_d20_low_z"] > 4.0
        assert found["intrusion_d80_low_z"] == 2.0
        assert found["constrictivity_z"] < 1.0

    def test_intrusion_from_a_closed_face_is_undefined(self):
        cup = np.zeros((10, 12, 12), bool)
        cup[3:, 3:9, 3:9] = True
        found = values(cup, "intrusion_d50_low_z", "intrusion_d50_high_z")
        assert math.isnan(found["intrusion_d50_low_z"])
        assert found["intrusion_d50_high_z"] >= 3.0

    def test_a_flat_wall_has_dimension_two(self):
        half = np.zeros((32, 16, 16), bool)
        half[:16] = True
        assert values(half, "fractal_dimension")["fractal_dimension"] == pytest.approx(2.0, abs=1e-12)

    def test_a_rough_wall_has_more(self):
        noise = np.random.default_rng(0).random((32, 32, 32)) < 0.5
        assert values(noise, "fractal_dimension")["fractal_dimension"] > 2.8


class TestPaths:
    def test_a_slanted_channel_is_longer_by_the_diagonal(self):
        slanted = np.zeros((20, 21, 21), bool)
        for layer in range(20):
            slanted[layer, layer : layer + 2, layer : layer + 2] = True
        found = values(slanted, "geodesic_tortuosity_mean_z", "geodesic_tortuosity_std_z")
        # the best inlet voxel needs cube diagonals for all but the last of the 19 steps, or all
        assert 1.6 < found["geodesic_tortuosity_mean_z"] <= math.sqrt(3)
        assert found["geodesic_tortuosity_std_z"] < 0.05

    @staticmethod
    def beside(*voxels):
        """A straight channel along z, seven layers high, and other voxels (z, y) in the layer next to it along x."""
        volume = np.zeros((7, 6, 2), bool)
        volume[:, 1, 0] = True
        for layer, row in voxels:
            volume[layer, row, 1] = True
        return volume

    def test_a_dead_end_that_touches_a_channel_along_an_edge_has_no_path(self):
        # over the edge its voxel would reach the high face too, and 1.0 become 1.06
        found = values(self.beside((0, 2), (1, 2)), "geodesic_tortuosity_mean_z", "geodesic_tortuosity_std_z")
        assert list(found.values()) == [1.0, 0.0]

    def test_paths_do_not_cross_from_cluster_to_cluster(self):
        # the second channel goes aside and up; over the edge that both share its path would be 5 + sqrt 2
        aside = [(0, 2), (1, 2), (1, 3), (1, 4), *((layer, 5) for layer in range(1, 7))]
        found = values(self.beside(*aside), "geodesic_tortuosity_mean_z", "percolating_porosity_z")
        assert found["percolating_porosity_z"] == 17 / 84
        own = (2 * math.sqrt(2) + 5) / 6
        assert found["geodesic_tortuosity_mean_z"] == pytest.approx((1 + own) / 2, rel=1e-6)

    def test_a_staircase_of_edges_carries_nothing(self):
        staircase = np.zeros((5, 5, 2), bool)
        for layer in range(5):
            staircase[layer, layer, 0] = True
        found = values(staircase, "geodesic_tortuosity_mean_z", "percolates_z")
        assert math.isnan(found["geodesic_tortuosity_mean_z"])
        assert found["percolates_z"] == 0.0

    def test_a_detour_is_measured(self):
        # a wall across the channel with a gap: z straight, then y sideways
        volume = np.ones((11, 41, 3), bool)
        volume[5, :40] = False
        shortest = 5 * math.sqrt(2) + 35 + 5  # from the far corner of the first layer, as seen at the gap
        found = describe(volume, columns=["geodesic_tortuosity_mean_z"], device="cpu")["geodesic_tortuosity_mean_z"]
        assert 1.0 < found < (shortest + 5) / 10

    def test_percolation_by_axis(self):
        layers = np.zeros((6, 8, 10), bool)
        layers[2:4] = True
        found = values(layers, *(f"percolates{phase}_{axis}" for phase in ("", "_solid") for axis in "zyx"))
        assert list(found.values()) == [0, 1, 1, 0, 1, 1]

    def test_dead_ends_and_islands_are_told_apart(self):
        volume = np.zeros((9, 9, 9), bool)
        volume[:, 1, 1] = True
        volume[:4, 4, 4] = True
        volume[4, 7, 7] = True
        names = ("percolating_porosity_z", "one_sided_porosity_z", "isolated_porosity_z")
        assert list(values(volume, *names).values()) == [9 / 729, 4 / 729, 1 / 729]

    def test_the_gradient_of_a_ramp_is_its_rise(self):
        layers = np.zeros((10, 10, 10), bool)
        for layer in range(10):
            layers[layer, :, : layer + 1] = True
        found = values(layers, "porosity_gradient_z", "porosity_gradient_y")
        assert found["porosity_gradient_z"] == pytest.approx(1.0)
        assert found["porosity_gradient_y"] == pytest.approx(0.0, abs=1e-12)

    def test_stripes_are_anisotropic(self):
        stripes = np.zeros((32, 32, 32), bool)
        stripes[:, :, ::2] = True
        found = values(stripes, "chord_length_mean_x", "chord_length_mean_z")
        assert found["chord_length_mean_x"] == pytest.approx(1.0, abs=0.1)
        assert math.isnan(found["chord_length_mean_z"])
