"""Primitives of the CPU back end against SciPy, or against the definition written out."""

import heapq
import itertools

import numpy as np
import pytest
from scipy import ndimage

from poregrove.features.backends import get_backend

SHAPES = [(14, 9, 16), (20, 20, 20), (3, 30, 12), (1, 1, 70), (5, 130, 1), (2, 2, 2), (4, 5, 130)]


class OneVolume:
    """A back end whose primitives take one volume and return what is its."""

    def __init__(self, backend):
        self.backend = backend

    def __getattr__(self, name):
        return lambda volume, *args: getattr(self.backend, name)([volume], *args)[0]

    def select(self, mask, components, keep):
        return self.backend.select([mask], [components], [keep])[0]

    def contacts(self, mask, components):
        return self.backend.contacts([mask], [components])[0]


@pytest.fixture(scope="module")
def cpu():
    return OneVolume(get_backend("cpu"))


@pytest.fixture(params=SHAPES, ids=str)
def mask(request):
    noise = np.random.default_rng(sum(request.param)).standard_normal(request.param)
    return ndimage.gaussian_filter(noise, 0.8) < 0.1


@pytest.fixture(params=[(14, 9, 16), (12, 12, 12), (3, 20, 12)], ids=str)
def smooth(request):
    noise = np.random.default_rng(sum(request.param)).standard_normal(request.param)
    return ndimage.gaussian_filter(noise, 1.5) < 0.1


BOXES = pytest.mark.parametrize("weights", [(1, 4, 4), (9, 1, 1), (29, 116, 49)], ids=str)
"""Squared edges of voxels that are no cubes."""
AXES = pytest.mark.parametrize("axis", range(3))
SIDES = pytest.mark.parametrize("side", range(2))


def test_profiles(cpu, mask):
    for axis, counts in enumerate(cpu.profiles(mask)):
        assert counts.tolist() == mask.sum(axis=tuple({0, 1, 2} - {axis})).tolist()


def test_configurations(cpu, mask):
    z, y, x = mask.shape
    codes = np.zeros((z - 1, y - 1, x - 1), int)
    for bit, (dz, dy, dx) in enumerate(itertools.product((0, 1), repeat=3)):
        codes |= mask[dz : z - 1 + dz, dy : y - 1 + dy, dx : x - 1 + dx].astype(int) << bit
    assert cpu.configurations(mask).tolist() == np.bincount(codes.ravel(), minlength=256).tolist()


def test_components(cpu, mask):
    found, (labels, number) = cpu.components(mask), ndimage.label(mask)
    assert found.sizes.tolist() == np.bincount(labels.ravel(), minlength=number + 1)[1:].tolist()
    for axis, side in itertools.product(range(3), range(2)):
        touching = np.unique(np.take(labels, -side, axis=axis))
        assert set(np.flatnonzero(found.touches(axis, side)) + 1) == set(touching[touching > 0])


def test_contacts(cpu, mask):
    found, (labels, _) = cpu.components(mask), ndimage.label(mask)
    expected = set()
    for step in itertools.product((-1, 0, 1), repeat=3):
        moved = np.full_like(labels, 0)
        here = tuple(slice(max(d, 0), size + min(d, 0)) for d, size in zip(step, mask.shape, strict=True))
        there = tuple(slice(max(-d, 0), size + min(-d, 0)) for d, size in zip(step, mask.shape, strict=True))
        moved[here] = labels[there]
        met = (labels > 0) & (moved > 0) & (labels < moved)
        expected |= set(zip((labels[met] - 1).tolist(), (moved[met] - 1).tolist(), strict=True))
    assert list(map(tuple, cpu.contacts(mask, found).tolist())) == sorted(expected)


def test_select(cpu, mask):
    found, (labels, number) = cpu.components(mask), ndimage.label(mask)
    keep = np.arange(number) % 2 == 0
    assert np.array_equal(cpu.select(mask, found, keep), np.isin(labels, np.flatnonzero(keep) + 1))


def test_squared_distance(cpu, mask):
    assert np.allclose(cpu.squared_distance(mask), ndimage.distance_transform_edt(mask) ** 2, rtol=1e-6)


@BOXES
def test_squared_distance_in_voxels_that_are_no_cubes(cpu, mask, weights):
    expected = ndimage.distance_transform_edt(mask, sampling=np.sqrt(weights)) ** 2
    assert np.allclose(cpu.squared_distance(mask, weights), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "shape", [(90, 40, 70), (300, 6, 8), (4, 400, 9), (4, 9, 800), (188, 6, 8), (4, 188, 9)], ids=str
)
def test_squared_distance_far_from_the_only_solid_voxel(cpu, shape):
    # also where the squares need more than 15 bits
    mask = np.ones(shape, bool)
    mask[3, 5, 7] = False
    offsets = np.ogrid[tuple(map(slice, shape))]
    expected = sum((axis - c) ** 2 for axis, c in zip(offsets, (3, 5, 7), strict=True))
    assert np.array_equal(cpu.squared_distance(mask), expected)


@pytest.mark.parametrize("value", [True, False])
def test_squared_distance_without_a_wall(cpu, value):
    expected = np.inf if value else 0.0
    assert (cpu.squared_distance(np.full((3, 4, 5), value)) == expected).all()


@AXES
def test_pair_counts(cpu, mask, axis):
    lines, length = np.moveaxis(mask, axis, 0), mask.shape[axis]
    expected = [np.count_nonzero(lines[: length - lag] & lines[lag:]) for lag in range(length)]
    assert cpu.pair_counts(mask, axis, length - 1).tolist() == expected


@AXES
def test_run_lengths(cpu, mask, axis):
    length = mask.shape[axis]
    expected = np.zeros((2, 3, length + 1), int)
    for line in np.moveaxis(mask, axis, -1).reshape(-1, length):
        start = 0
        for value, run in itertools.groupby(line):
            size = len(list(run))
            expected[int(value), (start == 0) + (start + size == length), size] += 1
            start += size
    assert np.array_equal(cpu.run_lengths(mask, axis).counts, expected)


def test_level_counts(cpu):
    values = np.array([[[0, 3, 3, 1, 0, 7]]], np.float32)
    assert cpu.integer_histogram(values).tolist() == [2, 1, 0, 2, 0, 0, 0, 1]


def test_what_has_no_wall_has_no_sizes(cpu):
    squared = cpu.squared_distance(np.ones((3, 4, 5), bool))
    assert cpu.integer_histogram(squared).tolist() == [0]
    assert not cpu.bottleneck_map(squared, 0, 0).any()
    assert not cpu.local_thickness(squared).any()
    assert not cpu.thickness_histogram(squared).any()
    assert cpu.bottlenecks(squared) == (0, 0, 0)
    assert not np.any(cpu.intrusion(squared).counts)


def test_volumes_of_a_batch_do_not_touch(smooth):
    backend, masks = get_backend("cpu"), [smooth, ~smooth, np.ones_like(smooth)]
    squared = backend.squared_distance(masks)
    assert [found.tolist() for found in backend.integer_histogram(squared)] == [
        backend.integer_histogram([one])[0].tolist() for one in squared
    ]
    assert [layer.tolist() for layer in backend.layer(squared, 1, 1)] == [one[:, -1].tolist() for one in squared]


def dijkstra(mask, axis, side, edges=(1.0, 1.0, 1.0)):
    distance, queue = np.full(mask.shape, np.inf), []
    steps = [
        (step, np.linalg.norm(np.multiply(step, edges)))
        for step in itertools.product((-1, 0, 1), repeat=3)
        if any(step)
    ]
    for voxel in map(tuple, np.argwhere(mask)):
        if voxel[axis] == (mask.shape[axis] - 1) * side:
            distance[voxel] = 0.0
            queue.append((0.0, voxel))
    while queue:
        length, voxel = heapq.heappop(queue)
        for step, cost in steps:
            other = tuple(np.add(voxel, step))
            inside = all(0 <= place < size for place, size in zip(other, mask.shape, strict=True))
            if inside and mask[other] and length + cost < distance[other] - 1e-9:
                distance[other] = length + cost
                heapq.heappush(queue, (length + cost, other))
    return distance


@AXES
@SIDES
def test_geodesic_distance(cpu, smooth, axis, side):
    assert np.allclose(cpu.geodesic_distance(smooth, axis, side), dijkstra(smooth, axis, side), rtol=1e-5)


@AXES
@SIDES
@pytest.mark.parametrize("edges", [(1.0, 2.0, 2.0), (3.0, 1.0, 1.3)], ids=str)
def test_geodesic_distance_in_voxels_that_are_no_cubes(cpu, smooth, axis, side, edges):
    found, expected = cpu.geodesic_distance(smooth, axis, side, edges), dijkstra(smooth, axis, side, edges)
    assert np.allclose(found, expected, rtol=1e-5)


def test_geodesic_distance_finds_the_way_through_a_labyrinth(cpu):
    maze = np.ones((3, 15, 15), bool)
    maze[:, 1::4, :-1] = False
    maze[:, 3::4, 1:] = False
    for axis in range(3):
        assert np.allclose(cpu.geodesic_distance(maze, axis, 0), dijkstra(maze, axis, 0), rtol=1e-5)


def widest_way(squared, axis, side):
    expected = np.zeros_like(squared)
    for level in np.unique(squared[squared > 0]):
        labels, _ = ndimage.label(squared >= level)
        open_ = np.unique(np.take(labels, -side, axis=axis))
        expected[np.isin(labels, open_[open_ > 0])] = level
    return expected


@AXES
@SIDES
def test_widest_way(cpu, smooth, axis, side):
    squared = cpu.squared_distance(smooth)
    assert np.array_equal(cpu.bottleneck_map(squared, axis, side), widest_way(squared, axis, side))


@AXES
def test_widest_way_through_noise(cpu, mask, axis):
    # summits and passes of equal width everywhere
    squared = cpu.squared_distance(mask)
    assert np.array_equal(cpu.bottleneck_map(squared, axis, 1), widest_way(squared, axis, 1))


def test_widest_way_of_pores_too_wide_for_short_numbers(cpu, smooth):
    squared = cpu.squared_distance(smooth)
    scale = np.float32(20_000)
    assert squared.max() * scale > np.iinfo(np.int16).max
    assert np.array_equal(cpu.bottleneck_map(squared * scale, 0, 0), cpu.bottleneck_map(squared, 0, 0) * scale)


def local_thickness(squared, weights=(1, 1, 1)):
    weights = np.reshape(weights, (3, 1, 1, 1))
    cover, places = np.zeros_like(squared), np.indices(squared.shape)
    for centre in np.argwhere(squared > 0):
        distance = ((places - centre.reshape(3, 1, 1, 1)) ** 2 * weights).sum(axis=0)
        radius = squared[tuple(centre)]
        cover = np.where(distance < radius, np.maximum(cover, radius), cover)
    return cover


def test_largest_ball(cpu, smooth):
    squared = cpu.squared_distance(smooth)
    assert np.array_equal(cpu.local_thickness(squared), local_thickness(squared))


@BOXES
def test_largest_ball_in_voxels_that_are_no_cubes(cpu, smooth, weights):
    squared = cpu.squared_distance(smooth, weights)
    assert np.array_equal(cpu.local_thickness(squared, weights), local_thickness(squared, weights))
    width = cpu.bottleneck_map(squared, 1, 0)
    assert np.array_equal(cpu.local_thickness(width, weights), local_thickness(width, weights))


@AXES
def test_largest_ball_on_plateaus(cpu, smooth, axis):
    # widths are equal over whole chambers, where no ball lies inside a neighbour's
    width = cpu.bottleneck_map(cpu.squared_distance(smooth), axis, 0)
    assert np.array_equal(cpu.local_thickness(width), local_thickness(width))


@pytest.mark.parametrize("weights", [(1, 1, 1), (1, 4, 4), (29, 116, 49)], ids=str)
def test_what_balls_cover_is_counted(cpu, smooth, weights):
    squared = cpu.squared_distance(smooth, weights)
    counts = cpu.thickness_histogram(squared, weights)
    assert (
        counts.tolist() == np.bincount(local_thickness(squared, weights)[squared > 0], minlength=len(counts)).tolist()
    )
    found = cpu.intrusion(squared, weights)
    assert found.passing == cpu.bottlenecks(squared)
    for axis, side in itertools.product(range(3), range(2)):
        width = widest_way(squared, axis, side)
        counts = found.counts[2 * axis + side]
        assert (
            counts.tolist() == np.bincount(local_thickness(width, weights)[width > 0], minlength=len(counts)).tolist()
        )
        if side == 0:
            assert found.passing[axis] == np.take(width, -1, axis).max()


def test_a_ball_wider_than_a_word(cpu):
    offsets = np.ogrid[:75, :75, :150]
    mask = sum((offset - middle) ** 2 for offset, middle in zip(offsets, (37, 37, 75), strict=True)) < 37**2
    squared = cpu.squared_distance(mask)
    covered = np.zeros_like(mask)
    for centre in np.argwhere(squared == squared.max()):
        covered |= sum((offset - middle) ** 2 for offset, middle in zip(offsets, centre, strict=True)) < squared.max()
    assert np.array_equal(cpu.local_thickness(squared) == squared.max(), covered)
    assert cpu.thickness_histogram(squared)[squared.max()] == np.count_nonzero(covered)


def test_results_that_are_shared_are_read_only(cpu, smooth):
    squared = cpu.squared_distance(smooth)
    results = [
        cpu.batch(smooth),
        cpu.complement(smooth),
        squared,
        cpu.bottleneck_map(squared, 0, 0),
        cpu.local_thickness(squared),
    ]
    assert not any(result.flags.writeable for result in results)
