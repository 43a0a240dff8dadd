"""Conjugate gradients on the voxels of a batch of volumes, each of which stops by itself.

What a step needs of the step before (alpha, beta, whether a volume goes on) stays on the device; the host looks
only every few steps whether any volume still does. State is float32, sums are float64 in a fixed order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..kernels import BLOCK, kernel
from .cycle import w_cycle
from .grid import Grid
from .levels import Levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..device import Device

DEGREE = kernel(__file__, "degree", file="degree.cu")
_INFLOW = kernel(__file__, "inflow", file="inflow.cu")
_ADVANCE = kernel(__file__, "advance", file="advance.cu")
_RELAX_BLACK = kernel(__file__, "relax_black", file="relax_black.cu")
_RESTRICT = kernel(__file__, "restrict_residual", file="restrict_residual.cu")
_CORRECT = kernel(__file__, "correct", file="correct.cu")
_RELAX_RED = kernel(__file__, "relax_red", file="relax_red.cu")
_DIRECT = kernel(__file__, "direct", file="direct.cu")
_FOLD = kernel(__file__, "fold", file="fold.cu")
_CONJUGATE = kernel(__file__, "conjugate", file="conjugate.cu")
_STEP_LENGTH = kernel(__file__, "step_length", file="step_length.cu")

LOOK = 2
"""Steps between two looks at whether any volume still goes on: a transfer of a byte a volume."""
WINDOW = 8
"""Decrements that are remembered; the same in ``step_length.cu``."""
_AT_WORK = 1


_FINE_BYTES = 21 * 4 + 6
"""Bytes of a voxel and a step: 21 values of float32 that sweeps read or write (7 to advance, 3 to relax black,
1 to restrict, 3 to correct, 3 to relax red, 4 for the next direction) and the degree six times."""
_COARSE_BYTES = 26 * 4
"""Bytes of an aggregate and a visit: 7 to relax both colours, 5 to restrict, 7 to correct, 7 to relax red."""


def bytes_per_step(shape: tuple[int, int, int]) -> float:
    """Memory traffic of a step for one volume, if every sweep touched each of its arrays once and no cache helped."""
    # every level has twice the visits of the one above and an eighth of its cells: 2/8 + 4/64 + ... of the voxels
    return math.prod(shape) * (_FINE_BYTES + _COARSE_BYTES / 3)


@dataclass(frozen=True, eq=False)
class Round:
    """Result of a round of conjugate gradients, on the device: the estimated remainders (float64) and steps (int32)."""

    remainder: Any
    steps: Any


class Operator(Protocol):
    """A batch of grids and what conjugate gradients ask of them; arrays are padded, ``state`` says which volumes go on."""

    @property
    def device(self) -> Device:
        """Device that holds the arrays."""

    @property
    def grid(self) -> Grid:
        """The grids that the arrays are over."""

    def arrays(self) -> tuple[Any, Any]:
        """The residual r and what the preconditioner makes of it, z."""

    def begin(self, state: Any, potential: Any, r: Any) -> None:
        """Put the net flow into each voxel in r."""

    def advance(self, state: Any, alpha: Any, p: Any, q: Any, u: Any, r: Any, z: Any) -> None:
        """Add alpha p to u, subtract alpha q from r."""

    def precondition(self, state: Any, r: Any, z: Any, shares: Any) -> None:
        """Put in z what the multigrid cycle makes of r, and in ``shares`` (float64[batch, threads]) r . z."""

    def direct(self, state: Any, beta: Any, z: Any, before: Any, p: Any, q: Any, shares: Any) -> None:
        """Put z + beta before in p, the operator's of it in q, and p . q in ``shares``."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """A batch of grids of voxels with flow along axis z, ready to be solved on."""

    device: Device
    grid: Grid
    degree: Any
    levels: Levels

    @classmethod
    def build(cls, device: Device, masks: Any) -> Lattice:
        """masks: bool[batch, z, y, x], True in the voxels that conduct, each joined to both outer faces of z."""
        batch, z, y, x = masks.shape
        grid = Grid(batch, (z, y, x))
        padded, degree = (grid.zeros(device, np.uint8) for _ in range(2))
        padded[:, 1:-1, 1:-1, 1:-1] = masks
        grid.launch(device, DEGREE, padded, degree)
        return cls(device, grid, degree, Levels.build(device, grid, degree))

    def arrays(self) -> tuple[Any, Any]:
        """As ``Operator`` says."""
        return self.grid.zeros(self.device), self.grid.zeros(self.device)

    def begin(self, state: Any, potential: Any, r: Any) -> None:
        """As ``Operator`` says."""
        self.grid.launch(self.device, _INFLOW, state, self.degree, potential, r)

    def advance(self, state: Any, alpha: Any, p: Any, q: Any, u: Any, r: Any, z: Any) -> None:
        """As ``Operator`` says; z is relaxed in the red voxels."""
        self.grid.launch(self.device, _ADVANCE, state, alpha, self.degree, p, q, u, r, z)

    def precondition(self, state: Any, r: Any, z: Any, shares: Any) -> None:
        """As ``Operator`` says."""
        device, grid, finest = self.device, self.grid, self.levels.levels[0]
        grid.launch(device, _RELAX_BLACK, state, self.degree, r, z)
        grid.launch(device, _RESTRICT, state, self.degree, z, finest.source)
        w_cycle(device, self.levels, state)
        grid.launch(device, _CORRECT, state, self.degree, r, finest.x, z)
        grid.launch(device, _RELAX_RED, state, self.degree, r, z, shares)

    def direct(self, state: Any, beta: Any, z: Any, before: Any, p: Any, q: Any, shares: Any) -> None:
        """As ``Operator`` says."""
        self.grid.launch(self.device, _DIRECT, state, beta, self.degree, z, before, p, q, shares)


def improve(
    operator: Operator,
    potential: Any,
    energy: Any,
    going: NDArray[np.bool_],
    tolerance: NDArray[np.float64],
    most: NDArray[Any],
) -> Round:
    """Add to ``potential`` (float32, padded) of the volumes that are ``going`` until its energy is settled.

    energy: float64[batch] on the device, that of ``potential`` as given; it is overwritten. tolerance, most: of
    each volume, of the remainder relative to the energy and of the steps.
    """
    device, grid, xp = operator.device, operator.grid, operator.device.xp
    r, z = operator.arrays()
    u, p, before, q = (grid.zeros(device) for _ in range(4))
    shares = xp.zeros((grid.batch, grid.threads), np.float64)
    folded = xp.zeros((grid.batch, BLOCK), np.float64)
    alpha, beta, product, remainder = xp.zeros((4, grid.batch), np.float64)
    decrements = xp.zeros((grid.batch, WINDOW), np.float64)
    steps = xp.zeros(grid.batch, np.int32)
    state = device.upload(going.astype(np.int8))
    tolerances, limit = device.upload(tolerance), device.upload(most.astype(np.int32))
    remainder += np.inf
    batch, length = np.int32(grid.batch), np.int32(BLOCK)

    def fold() -> None:
        threads, parts = np.int32(BLOCK), np.int32(grid.threads)
        device.launch(_FOLD, grid.batch * BLOCK, threads, parts, state, shares, folded)

    operator.begin(state, potential, r)
    for step in range(1, int(most.max()) + 1):
        operator.advance(state, alpha, before, q, u, r, z)
        operator.precondition(state, r, z, shares)
        fold()
        device.launch(_CONJUGATE, grid.batch, batch, length, state, folded, product, alpha, beta)
        operator.direct(state, beta, z, before, p, q, shares)
        p, before = before, p
        fold()
        device.launch(
            _STEP_LENGTH,
            grid.batch,
            batch,
            length,
            limit,
            state,
            folded,
            product,
            tolerances,
            alpha,
            energy,
            remainder,
            decrements,
            steps,
        )
        if step % LOOK == 0 and not (device.download(state)[0] == _AT_WORK).any():
            break
    # the step that the last check decided on
    operator.advance(state, alpha, before, q, u, r, z)
    potential += u
    return Round(remainder, steps)
