"""Shortest paths and the two-point correlation with periodic sides: brute force on wrapped grids, shifts, closed forms."""

import itertools
import math

import numpy as np
import pytest
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from poregrove.errors import SettingsError, VolumeError
from poregrove.features import describe, geodesic_tortuosity, two_point_correlation

FLOAT32 = 1e-6
CASES = [("z", "y"), ("z", "yx"), ("y", "z"), ("y", "zx"), ("x", "zy"), ("x", "y"), ("z", "x"), ("x", "")]


def volume(seed, shape=None):
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 10, 3)) if shape is None else shape
    field = ndimage.gaussian_filter(random.standard_normal(shape), random.choice([0.0, 0.7, 1.2]), mode="wrap")
    return field <= np.quantile(field, random.uniform(0.3, 0.7))


def graph(mask, edges, periodic, longest):
    """Steps between True voxels by at most so many axes at a time, a sparse matrix of their lengths."""
    numbers = np.arange(mask.size).reshape(mask.shape)
    rows, columns, lengths = [], [], []
    for step in itertools.product((-1, 0, 1), repeat=3):
        if not 0 < np.abs(step).sum() <= longest:
            continue
        for voxel in np.argwhere(mask):
            other = voxel + step
            for axis, length in enumerate(mask.shape):
                if "zyx"[axis] in periodic:
                    other[axis] %= length
            if (other >= 0).all() and (other < mask.shape).all() and mask[tuple(other)]:
                rows.append(numbers[tuple(voxel)])
                columns.append(numbers[tuple(other)])
                lengths.append(np.linalg.norm(np.multiply(step, edges)))
    order = np.argsort(lengths)[::-1]
    steps = sparse.dok_matrix((mask.size, mask.size))
    for place in order:  # the shortest of several steps between the same voxels stands last
        steps[rows[place], columns[place]] = lengths[place]
    return steps.tocsr()


def by_dijkstra(mask, axis, periodic, edges):
    """Ratios of the shortest paths inside each face-connected cluster of the wrapped grid that touches both faces."""
    index = "zyx".index(axis)
    _, labels = csgraph.connected_components(graph(mask, edges, periodic, 1), directed=False)
    labels = np.where(mask, labels.reshape(mask.shape), -1)
    found = []
    for label in np.intersect1d(labels.take(0, index), labels.take(-1, index)):
        cluster = labels == label
        low, high = (
            np.flatnonzero(cluster & (np.indices(mask.shape)[index] == at)) for at in (0, mask.shape[index] - 1)
        )
        if label >= 0:
            away = csgraph.dijkstra(graph(cluster, edges, periodic, 3), indices=high, min_only=True)
            found.extend(away[low])
    return np.array(found) / ((mask.shape[index] - 1) * edges[index]) if mask.shape[index] > 1 else np.empty(0)


@pytest.mark.parametrize("seed", range(32))
def test_paths_are_those_of_dijkstra_on_the_wrapped_grid(seed):
    (axis, periodic), mask = CASES[seed % len(CASES)], volume(seed)
    edges = tuple(np.random.default_rng(seed).permutation([1.0, 1.0, 2.0, 1.5])[:3])
    expected = by_dijkstra(mask, axis, periodic, edges)
    found = geodesic_tortuosity(mask, axis, voxel_size=edges, periodic=tuple(periodic), device="cpu")
    if len(expected) == 0:
        assert math.isnan(found.mean)
        assert math.isnan(found.std)
    else:
        assert found.mean == pytest.approx(expected.mean(), rel=FLOAT32)
        assert found.std == pytest.approx(expected.std(), rel=FLOAT32, abs=FLOAT32)


@pytest.mark.parametrize(("axis", "periodic"), CASES[:-1])
def test_a_shift_along_a_periodic_axis_changes_no_path(axis, periodic):
    mask = volume(5, (20, 22, 24))
    expected = geodesic_tortuosity(mask, axis, periodic=tuple(periodic), device="cpu")
    assert expected.mean > 1.0
    for name, shift in zip(periodic, (7, -9), strict=False):
        mask = np.roll(mask, shift, "zyx".index(name))
    found = geodesic_tortuosity(mask, axis, periodic=tuple(periodic), device="cpu")
    assert (found.mean, found.std) == pytest.approx((expected.mean, expected.std), rel=1e-12)


@pytest.mark.parametrize("name", ["y", "x"])
def test_a_slanted_sheet_leads_through_across_the_sides_only(name):
    z, aside = np.indices((33, 8))
    sheet = ((z - aside) % 8 < 2)[:, :, None] * np.ones((1, 1, 5), bool)
    sheet = sheet if name == "y" else sheet.swapaxes(1, 2)
    assert math.isnan(geodesic_tortuosity(sheet, device="cpu").mean)
    assert math.isnan(geodesic_tortuosity(sheet, periodic="yx".replace(name, ""), device="cpu").mean)
    found = geodesic_tortuosity(sheet, periodic=name, device="cpu")
    # along the sheet by diagonals; one of its two voxels saves the last step aside
    aslant = math.sqrt(2.0)
    assert found.mean == pytest.approx((aslant + (31 * aslant + 1) / 32) / 2, rel=FLOAT32)


def test_a_straight_step_across_the_sides():
    pores = np.zeros((5, 1, 8), bool)
    pores[:3, 0, 1] = pores[2, 0, 0] = pores[2, 0, 7] = pores[2:, 0, 6] = True
    found = geodesic_tortuosity(pores, periodic="x", device="cpu")
    assert found.mean == pytest.approx((3 + 2 * math.sqrt(2.0)) / 4, rel=FLOAT32)


@pytest.mark.parametrize("shift", [0, 1, 3])
def test_clusters_that_meet_aslant_across_the_sides_keep_apart(shift):
    """A straight channel beside a tortuous one: over an edge, wherever the sides are, no path leads to the other."""
    pores = np.zeros((5, 4, 6), bool)
    pores[:, 0, 0] = True
    pores[:2, 1, 1] = pores[1, 1, 1:4] = pores[1:4, 1, 3] = pores[3, 1, 1:4] = pores[3:, 1, 1] = True
    tortuous = np.where(np.arange(4)[:, None] == 1, pores, False)
    alone = geodesic_tortuosity(tortuous, device="cpu").mean
    assert alone > 1.2
    moved = np.roll(pores, (-shift, -shift), (1, 2))
    found = geodesic_tortuosity(moved, periodic=("y", "x"), device="cpu")
    assert found.mean == pytest.approx((1.0 + alone) / 2, rel=FLOAT32)


@pytest.mark.parametrize("axis", "zyx")
def test_without_periodic_sides_they_are_the_columns(axis):
    mask = volume(3, (20, 18, 23))
    names = ["geodesic_tortuosity_mean", "geodesic_tortuosity_std", "two_point_correlation_r4", "correlation_length"]
    columns = describe(mask, columns=[f"{name}_{axis}" for name in names], voxel_size=2e-7, device="cpu")
    paths = geodesic_tortuosity(mask, axis, voxel_size=2e-7, device="cpu")
    pairs = two_point_correlation(mask, axis, voxel_size=2e-7, device="cpu")
    assert [paths.mean, paths.std, pairs.probability[4], pairs.length] == pytest.approx(
        list(columns.values()), rel=1e-12
    )
    assert pairs.distance[4] == pytest.approx(8e-7)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("axis", "zyx")
def test_pairs_are_those_of_a_shifted_copy(seed, axis):
    mask, index = volume(seed, (9, 70, 8) if seed == 0 else None), "zyx".index(axis)
    found = two_point_correlation(mask, axis, periodic=True, device="cpu")
    lags = range(mask.shape[index] // 2 + 1)
    assert found.distance.tolist() == list(lags)
    assert found.probability.tolist() == [(mask & np.roll(mask, lag, index)).mean() for lag in lags]
    moved = two_point_correlation(np.roll(mask, 3, index), axis, periodic=True, device="cpu")
    assert np.array_equal(moved.probability, found.probability)


def test_layers_decay_by_a_straight_line():
    """Half pore: the covariance falls from 1/4 linearly to -1/4 over the thickness of a layer."""
    layers = np.roll(np.arange(40) % 20 < 10, 3).reshape(1, 40, 1) * np.ones((3, 1, 4), bool)
    found = two_point_correlation(layers, "y", voxel_size=(2e-7, 1e-7, 1e-7), periodic=True, device="cpu")
    assert found.probability == pytest.approx(np.abs(10 - np.arange(21) % 20) / 20)
    assert found.length == pytest.approx(1e-7 * 5 * (1 - 1 / math.e))
    assert found.distance[-1] == pytest.approx(2e-6)
    assert math.isnan(two_point_correlation(layers, "z", periodic=True, device="cpu").length)


def test_grey_values_name_the_pores():
    labels = np.where(volume(1, (6, 7, 8)), 85, 170)
    assert two_point_correlation(labels, pore=170, device="cpu").probability[0] == pytest.approx((labels == 170).mean())
    assert geodesic_tortuosity(np.full((4, 3, 2), 85), pore=85, device="cpu").mean == pytest.approx(1.0)


def test_what_cannot_be_is_refused():
    mask = np.ones((3, 3, 3), bool)
    with pytest.raises(SettingsError, match="cannot be periodic itself"):
        geodesic_tortuosity(mask, "z", periodic=("z", "x"), device="cpu")
    with pytest.raises(SettingsError, match="unknown axis 'w'"):
        geodesic_tortuosity(mask, periodic="w", device="cpu")
    with pytest.raises(SettingsError, match="unknown axis 'w'"):
        two_point_correlation(mask, "w", device="cpu")
    with pytest.raises(VolumeError):
        geodesic_tortuosity(mask[0], device="cpu")
