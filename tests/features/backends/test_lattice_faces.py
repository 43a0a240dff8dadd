"""The sweeps over equal voxels against the matrix itself: red voxels with the black ones eliminated."""

import numpy as np
import pytest

from poregrove.features.backends.cpu.diffusion.faces import EqualFaces
from poregrove.features.backends.cpu.diffusion.layout import Layout

SCALES = [None, (np.float32(1), np.float32(0.25), np.float32(4))]
SHAPES = [(5, 6, 7), (1, 4, 5), (4, 4, 5), (2, 7, 3)]


def dense(grid, scales):
    """The matrix of all voxels, the flow into each under the profile, and which are red; solid voxels are identities."""
    number = np.arange(grid.size).reshape(grid.shape)
    matrix, source = np.zeros((grid.size, grid.size)), np.zeros(grid.size)
    for place in np.ndindex(*grid.shape):
        i = number[place]
        if not grid[place]:
            matrix[i, i] = 1
            continue
        for axis, scale in enumerate(scales or (1, 1, 1)):
            for step in (-1, 1):
                there = list(place)
                there[axis] += step
                inside = 0 <= there[axis] < grid.shape[axis]
                if inside and grid[tuple(there)]:
                    matrix[i, i] += scale
                    matrix[i, number[tuple(there)]] -= scale
                    source[i] -= step * (axis == 0)
                elif not inside and axis == 0:
                    matrix[i, i] += 2
                    source[i] -= step
    return matrix, source, np.indices(grid.shape).sum(axis=0).ravel() % 2 == 0


def at(layout, colour):
    """Places of the voxels of a colour in its array, in the order of the grid."""
    places = []
    for z, y, x in np.ndindex(*layout.shape):
        if (z + y + x) % 2 == colour:
            places.append(layout.lead + (2 * (z + 1) + y % 2) * layout.block + y // 2 * layout.pitch + x // 2)
    return np.array(places, int)


@pytest.mark.parametrize("scales", SCALES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_operator_and_the_source_are_those_of_the_matrix(shape, scales):
    random = np.random.default_rng(3)
    grid = (random.random(shape) < 0.7).astype(np.uint8)
    matrix, source, red = dense(grid, scales)
    coupling, inverse = matrix[np.ix_(red, ~red)], np.linalg.inv(matrix[np.ix_(~red, ~red)])
    reduced = matrix[np.ix_(red, red)] - coupling @ inverse @ coupling.T
    layout = Layout(shape)
    faces, places, pores = EqualFaces.build(grid, layout, scales), at(layout, 0), grid.ravel()[red] > 0

    r, b = np.zeros((2, layout.size), np.float32)
    faces.begin(None, r, b)
    np.testing.assert_allclose(r[places], source[red] - coupling @ inverse @ source[~red], atol=1e-6)
    scratch = faces.scratch()
    for _ in range(2):  # the second time the scratch holds what the first left
        x = random.standard_normal(len(places)) * pores
        p, q, z = np.zeros((3, layout.size), np.float32)
        z[places] = x
        product = faces.apply(z, 0.0, p, q, scratch)
        np.testing.assert_allclose(q[places][pores], (reduced @ x)[pores], atol=1e-5)
        assert product == pytest.approx(x @ reduced @ x, rel=1e-5, abs=1e-6)
