"""Every primitive on a batch gives what the CPU's gives on its volumes, one by one: random, degenerate and imaged."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from poregrove.features.backends import get_backend
from poregrove.features.backends.cuda import CudaBackend
from poregrove.features.backends.cuda.balls import enclosing

CPU = get_backend("cpu")


def smooth(shape, length, porosity, seed):
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), length)
    return field < np.quantile(field, porosity)


def noise(shape, porosity, seed):
    return np.random.default_rng(seed).random(shape) < porosity


def maze(shape):
    walls = np.ones(shape, bool)
    walls[:, 1::4, :-1] = False
    walls[:, 3::4, 1:] = False
    return walls


def single(shape, value):
    mask = np.full(shape, not value)
    mask[tuple(length // 3 for length in shape)] = value
    return mask


BATCHES = {
    "smooth": [smooth((17, 14, 19), 1.5, porosity, seed) for seed, porosity in enumerate((0.4, 0.6, 0.9))],
    "wide": [smooth((26, 24, 25), 3.5, 0.7, 3)],
    "noise": [noise((12, 9, 18), porosity, seed) for seed, porosity in enumerate((0.2, 0.35, 0.5, 0.8))],
    "labyrinth": [maze((9, 17, 18)), ~maze((9, 17, 18))],
    "degenerate among others": [
        np.ones((6, 7, 9), bool),
        np.zeros((6, 7, 9), bool),
        noise((6, 7, 9), 0.5, 1),
        single((6, 7, 9), value=True),
        single((6, 7, 9), value=False),
        np.indices((6, 7, 9)).sum(axis=0) % 2 == 0,
    ],
    "one layer": [noise((1, 12, 13), 0.5, 2), np.ones((1, 12, 13), bool)],
    "one row": [noise((1, 1, 70), 0.6, 3), noise((1, 1, 70), 0.1, 4)],
    "one column": [noise((40, 1, 1), 0.6, 5)],
    "one voxel": [np.ones((1, 1, 1), bool), np.zeros((1, 1, 1), bool)],
    "longer than a word": [noise((3, 4, 130), 0.7, 6), noise((3, 4, 130), 0.3, 7)],
}


@pytest.fixture(params=BATCHES, ids=lambda name: name.replace(" ", "-"))
def masks(request):
    return BATCHES[request.param]


@pytest.fixture
def both(device, masks):
    """The CPU with a list of volumes, and CUDA with the same as one array."""
    cuda = CudaBackend(device)
    batch = cuda.batch(masks)
    if isinstance(batch, np.ndarray):
        batch.flags.writeable = False
    return SimpleNamespace(cpu=CPU, cuda=cuda, masks=CPU.batch(masks), batch=batch, shape=masks[0].shape)


def same(found, expected):
    """Entry by entry, of the same type and exactly equal."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def same_numbers(found, expected):
    """Entry by entry, exactly equal; whole numbers, in the type that each back end likes best."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other)


def volumes(both, batch):
    return [both.cuda.to_host(batch[i]) for i in range(len(batch))]


def test_counts_of_voxels_patterns_and_pairs(both):
    assert both.cuda.count(both.batch) == both.cpu.count(both.masks)
    for found, expected in zip(both.cuda.profiles(both.batch), both.cpu.profiles(both.masks), strict=True):
        same(found, expected)
    same(both.cuda.configurations(both.batch), both.cpu.configurations(both.masks))
    same(volumes(both, both.cuda.complement(both.batch)), both.cpu.complement(both.masks))


@pytest.mark.parametrize("axis", range(3))
def test_lines_along_an_axis(both, axis):
    for lags in {0, both.shape[axis] // 2, both.shape[axis] - 1}:
        same(both.cuda.pair_counts(both.batch, axis, lags), both.cpu.pair_counts(both.masks, axis, lags))
    found, expected = both.cuda.run_lengths(both.batch, axis), both.cpu.run_lengths(both.masks, axis)
    same([runs.counts for runs in found], [runs.counts for runs in expected])
    for side in range(2):
        same(both.cuda.layer(both.batch, axis, side), both.cpu.layer(both.masks, axis, side))


def test_components(both):
    found, expected = both.cuda.components(both.batch), both.cpu.components(both.masks)
    same([one.sizes for one in found], [one.sizes for one in expected])
    same([one.faces for one in found], [one.faces for one in expected])
    same(both.cuda.contacts(both.batch, found), both.cpu.contacts(both.masks, expected))
    for every in (1, 2, 3):
        keep = [np.arange(len(one.sizes)) % every == 0 for one in expected]
        chosen = both.cuda.select(both.batch, found, keep)
        same(volumes(both, chosen), both.cpu.select(both.masks, expected, keep))


def test_distances_and_balls(both):
    squared, expected = both.cuda.squared_distance(both.batch), both.cpu.squared_distance(both.masks)
    same_numbers(volumes(both, squared), expected)
    same(both.cuda.integer_histogram(squared), both.cpu.integer_histogram(expected))
    same_numbers(volumes(both, both.cuda.local_thickness(squared)), both.cpu.local_thickness(expected))


def same_counts(found, expected):
    """Histograms, exactly equal up to zeros at their ends."""
    assert np.trim_zeros(found, "b").tolist() == np.trim_zeros(expected, "b").tolist()


@pytest.mark.parametrize("weights", [(1, 1, 1), (29, 116, 49)], ids=str)
def test_what_balls_from_the_faces_cover(both, weights):
    squared, expected = both.cuda.squared_distance(both.batch, weights), both.cpu.squared_distance(both.masks, weights)
    thick = zip(
        both.cuda.thickness_histogram(squared, weights), both.cpu.thickness_histogram(expected, weights), strict=True
    )
    for one, other in thick:
        same_counts(one, other)
    assert both.cuda.bottlenecks(squared) == both.cpu.bottlenecks(expected)
    balls = zip(both.cuda.intrusion(squared, weights), both.cpu.intrusion(expected, weights), strict=True)
    for one, other in balls:
        assert one.passing == other.passing
        for face in range(6):
            same_counts(one.counts[face], other.counts[face])


@pytest.mark.parametrize("weights", [(1, 4, 4), (29, 116, 49)], ids=str)
def test_distances_balls_and_ways_in_voxels_that_are_no_cubes(both, weights):
    squared, expected = both.cuda.squared_distance(both.batch, weights), both.cpu.squared_distance(both.masks, weights)
    same_numbers(volumes(both, squared), expected)
    same_numbers(
        volumes(both, both.cuda.local_thickness(squared, weights)), both.cpu.local_thickness(expected, weights)
    )
    edges = [weight**0.5 for weight in weights]
    for axis in range(3):
        far = both.cuda.geodesic_distance(both.batch, axis, 1, edges)
        same(volumes(both, far), both.cpu.geodesic_distance(both.masks, axis, 1, edges))
        widths = both.cuda.bottleneck_map(squared, axis, 0)
        same_numbers(volumes(both, widths), both.cpu.bottleneck_map(expected, axis, 0))


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("side", range(2))
def test_ways_from_a_face(both, axis, side):
    far, expected_far = (
        both.cuda.geodesic_distance(both.batch, axis, side),
        both.cpu.geodesic_distance(both.masks, axis, side),
    )
    # to the last bit, which is more than the tolerance asks
    same(volumes(both, far), expected_far)
    squared, expected = both.cuda.squared_distance(both.batch), both.cpu.squared_distance(both.masks)
    widths, expected = both.cuda.bottleneck_map(squared, axis, side), both.cpu.bottleneck_map(expected, axis, side)
    same_numbers(volumes(both, widths), expected)
    same_numbers(volumes(both, both.cuda.local_thickness(widths)), both.cpu.local_thickness(expected))


@pytest.mark.parametrize(("axis", "periodic"), [(0, (1,)), (0, (1, 2)), (1, (0, 2)), (2, (0,))], ids=str)
def test_ways_around_periodic_sides(both, axis, periodic):
    edges = (1.0, 1.0, 1.0) if periodic == (1,) else (1.0, 2.0, 1.5)
    far = both.cuda.geodesic_distance(both.batch, axis, 1, edges, periodic)
    same(volumes(both, far), both.cpu.geodesic_distance(both.masks, axis, 1, edges, periodic))


def test_shares_of_a_flow(device, put):
    random = np.random.default_rng(0)
    flows = [random.exponential(1.0, (9, 8, 11)).astype(np.float32) for _ in range(3)]
    for flow in flows:
        flow[random.random(flow.shape) < 0.3] = 0.0
        flow[flow > 0] /= flow[flow > 0].mean()
    found = CudaBackend(device).flux_statistics([put(device, flow) for flow in flows], 0.1, 0.01)
    for (count, share), (expected_count, expected_share) in zip(
        found, CPU.flux_statistics(flows, 0.1, 0.01), strict=True
    ):
        assert count == expected_count
        assert share == pytest.approx(expected_share, rel=1e-12)
    assert CudaBackend(device).flux_statistics([], 0.1, 0.01) == []


@pytest.mark.parametrize("largest", [1, 2, 17, 256, 3000])
@pytest.mark.parametrize("weights", [(1, 1, 1), (1, 4, 4), (29, 116, 49)], ids=str)
def test_the_table_of_balls_in_balls(largest, weights):
    reach = [int((largest / weight) ** 0.5) + 1 for weight in weights]
    z, y, x = np.ogrid[tuple(slice(-length, length + 1) for length in reach)]
    distance = weights[0] * z**2 + weights[1] * y**2 + weights[2] * x**2
    inside = distance <= largest
    steps = [[(1, 0, 0), (0, 1, 0), (0, 0, 1)], [(1, 1, 0), (1, 0, 1), (0, 1, 1)], [(1, 1, 1)]]
    found = enclosing(largest, weights)
    for row, ways in zip(found, steps, strict=True):
        shifted = [
            weights[0] * (z - a) ** 2 + weights[1] * (y - b) ** 2 + weights[2] * (x - c) ** 2 for a, b, c in ways
        ]
        furthest = np.full(largest + 1, -1)
        np.maximum.at(furthest, distance[inside], np.max(shifted, axis=0)[inside])
        # a ball of s has the voxels of the squares below s
        assert row[1:].tolist() == (np.maximum.accumulate(furthest[:-1]) + 1).tolist()


def imaged():
    folder = os.environ.get("POREGROVE_REFERENCE")
    if folder is None:
        pytest.skip("POREGROVE_REFERENCE does not say where the imaged volumes are")
    grains = tifffile.imread(Path(folder) / "volumes" / "sandstone_berea_128.tif")
    cathode = tifffile.imread(Path(folder) / "volumes" / "cathode_nmc_128.tif")
    return [
        (volume == value)[corner : corner + 30, 40:66, 20:52]
        for volume, value in ((grains, 0), (cathode, 0), (cathode, 1))
        for corner in (10, 70)
    ]


def test_imaged_volumes(make_device):
    device = make_device("shuffled")
    cuda, masks = CudaBackend(device), imaged()
    batch, masks = cuda.batch(masks), CPU.batch(masks)
    both = SimpleNamespace(cpu=CPU, cuda=cuda, masks=masks, batch=batch, shape=masks[0].shape)
    test_counts_of_voxels_patterns_and_pairs(both)
    test_components(both)
    test_distances_and_balls(both)
    for axis in range(3):
        test_lines_along_an_axis(both, axis)
        test_ways_from_a_face(both, axis, axis % 2)


def test_threads_that_really_run_side_by_side(make_device):
    """Near the percolation threshold, where components are ragged and threads meet at the same voxels."""
    device = make_device("concurrent", strictly=False)
    cuda, masks = CudaBackend(device), [noise((32, 32, 32), 0.32, seed) for seed in range(3)]
    batch = cuda.batch(masks)
    expected, far = CPU.components(masks), CPU.geodesic_distance(masks, 0, 0)
    for _ in range(4):
        found = cuda.components(batch)
        same([one.sizes for one in found], [one.sizes for one in expected])
        same([one.faces for one in found], [one.faces for one in expected])
    same(list(cuda.geodesic_distance(batch, 0, 0)), far)
