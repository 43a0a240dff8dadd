"""Reference solutions for the solvers: the same equations in float64, solved until nothing changes.

It shares no code with the back ends: SciPy finds the components, assembles the matrix and solves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIRECT = 20_000
"""Unknowns up to which the system is factorised."""
_RELATIVE_RESIDUAL = 1e-8
"""Tolerance of conjugate gradients beyond that. The error of the diffusivity is of the order of its square."""


def reference_diffusivity(mask: NDArray[np.bool_], axis: int) -> float:
    """Relative diffusivity of ``mask`` (bool[z, y, x]) along ``axis``, potentials fixed half a voxel outside the volume.

    Takes minutes for millions of voxels. Raises ArithmeticError where conjugate gradients do not converge.
    """
    from scipy import ndimage, sparse
    from scipy.sparse import linalg

    turned = np.moveaxis(mask, axis, 0)
    labels, _ = ndimage.label(turned)
    spanning = np.intersect1d(labels[0], labels[-1])
    inside = np.isin(labels, spanning[spanning > 0])
    unknowns = int(inside.sum())
    if unknowns == 0:
        return 0.0

    number = np.full(inside.shape, -1)
    number[inside] = np.arange(unknowns)
    pairs = [_neighbours(number, direction) for direction in range(3)]
    low, high = (np.concatenate(side) for side in zip(*pairs, strict=True))
    inlet, outlet = (np.bincount(face[face >= 0], minlength=unknowns) * 2.0 for face in (number[0], number[-1]))
    diagonal = np.bincount(low, minlength=unknowns) + np.bincount(high, minlength=unknowns) + inlet + outlet
    ones = np.ones(len(low))
    matrix = sparse.csr_array(
        (
            np.concatenate([diagonal, -ones, -ones]),
            (
                np.concatenate([np.arange(unknowns), low, high]),
                np.concatenate([np.arange(unknowns), high, low]),
            ),
        ),
        shape=(unknowns, unknowns),
    )
    if unknowns <= _DIRECT:
        potential = linalg.spsolve(matrix.tocsc(), inlet)
    else:
        places = np.nonzero(inside)
        start = 1.0 - (places[0] + 0.5) / len(turned)
        potential = _conjugate_gradients(matrix, inlet.astype(np.float64), start, np.sum(places, axis=0) % 2 == 0)
    energy = np.sum((potential[low] - potential[high]) ** 2)
    energy += np.sum(inlet * (1.0 - potential) ** 2) + np.sum(outlet * potential**2)
    return float(energy * len(turned) / inside[0].size)


def reference_conductivity(
    conductivity: NDArray[np.float64],
    axis: int,
    *,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    periodic: tuple[bool, bool, bool] = (False, False, False),
) -> float:
    """Effective conductivity along ``axis`` of voxels that conduct (float64[z, y, x]), the system factorised: for small volumes.

    Faces have the harmonic mean of both voxels, ``edges`` are those of a voxel, opposite sides of ``periodic`` axes are
    joined; elsewhere potentials are fixed half a voxel outside the volume along the axis, and other sides closed.
    """
    from scipy import sparse
    from scipy.sparse import linalg

    unknowns = conductivity.size
    number, k = np.arange(unknowns).reshape(conductivity.shape), conductivity.ravel()
    low, high, faces, falls = [], [], [], []
    for direction, (length, edge) in enumerate(zip(conductivity.shape, edges, strict=True)):
        first = np.arange(length if periodic[direction] else length - 1)
        a, b = (number.take(of, direction).ravel() for of in (first, (first + 1) % length))
        both = np.where(k[a] * k[b] > 0.0, k[a] + k[b], np.inf)
        low.append(a)
        high.append(b)
        faces.append(2.0 * k[a] * k[b] / both / edge**2)
        falls.append(np.full(len(a), edge if direction == axis else 0.0))
    a, b, g, fall = (np.concatenate(each) for each in (low, high, faces, falls))
    diagonal = np.zeros(unknowns)
    source = np.bincount(b, g * fall, unknowns) - np.bincount(a, g * fall, unknowns)
    outer = []
    if not periodic[axis]:
        for side, outside in ((0, 0.5 * edges[axis]), (-1, -0.5 * edges[axis])):
            at = number.take(side, axis).ravel()
            ends = 2.0 * k[at] / edges[axis] ** 2
            diagonal += np.bincount(at, ends, unknowns)
            source += np.bincount(at, ends * outside, unknowns)
            outer.append((at, ends, outside))
    apart = a != b
    diagonal += np.bincount(a, g * apart, unknowns) + np.bincount(b, g * apart, unknowns)
    # nothing holds voxels that do not conduct, nor a periodic volume as a whole
    held = np.where(diagonal > 0.0, 1e-11 * diagonal.max() if periodic[axis] else 0.0, 1.0)
    every = np.arange(unknowns)
    values = np.concatenate([diagonal + held, -g * apart, -g * apart])
    places = np.concatenate([every, a, b]), np.concatenate([every, b, a])
    potential = linalg.spsolve(sparse.csc_array((values, places), (unknowns, unknowns)), source)
    energy = np.sum(g * (potential[a] - potential[b] + fall) ** 2)
    energy += sum(np.sum(ends * (potential[at] - outside) ** 2) for at, ends, outside in outer)
    return float(energy / unknowns)


def _conjugate_gradients(
    matrix: Any, right: NDArray[np.float64], start: NDArray[np.float64], red: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Solve for the red unknowns, which have black neighbours only, so that the black ones eliminate themselves."""
    from scipy.sparse import linalg

    diagonal, coupling = matrix.diagonal(), matrix[red][:, ~red]
    transposed = coupling.T.tocsr()
    number = int(red.sum())
    operator = linalg.LinearOperator(
        (number, number), lambda x: diagonal[red] * x - coupling @ (transposed @ x / diagonal[~red]), dtype=np.float64
    )
    preconditioner = linalg.LinearOperator((number, number), lambda x: x / diagonal[red], dtype=np.float64)
    reduced = right[red] - coupling @ (right[~red] / diagonal[~red])
    solution, unfinished = linalg.cg(
        operator, reduced, x0=start[red], rtol=_RELATIVE_RESIDUAL, atol=0.0, maxiter=100_000, M=preconditioner
    )
    if unfinished:
        raise ArithmeticError(f"conjugate gradients did not converge in {unfinished} iterations")
    potential = np.empty_like(right)
    potential[red] = solution
    potential[~red] = (right[~red] - transposed @ solution) / diagonal[~red]
    return potential


def _neighbours(number: NDArray[np.int_], direction: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The pairs of unknowns that share a face across one direction."""
    before = np.take(number, np.arange(number.shape[direction] - 1), axis=direction).ravel()
    after = np.take(number, np.arange(1, number.shape[direction]), axis=direction).ravel()
    joined = (before >= 0) & (after >= 0)
    return before[joined], after[joined]
