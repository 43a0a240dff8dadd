"""Voxels joined by unequal conductances, periodic or not: the operator of conjugate gradients, and what flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels import kernel
from .cycle import w_cycle
from .grid import Grid
from .levels import Levels, even_lengths

if TYPE_CHECKING:
    from .....array_types import Float32
    from ..device import Device
    from .levels import Wraps

_JOIN = kernel(__file__, "join_cells", file="join_cells.cu")
_ADVANCE = kernel(__file__, "advance_cells", file="advance_cells.cu")
_DOT = kernel(__file__, "dot", file="dot.cu")
_DIRECT = kernel(__file__, "direct_cells", file="direct_cells.cu")
_INFLOW = kernel(__file__, "inflow_cells", file="inflow_cells.cu")
_MEASURE = kernel(__file__, "measure_cells", file="measure_cells.cu")
_FLOWS = kernel(__file__, "flows_cells", file="flows_cells.cu")
_LANES = 128
"""Threads that measure a plane."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A batch of grids of voxels with flow along axis z, ready to be solved on.

    ``shape`` is that of the volumes; ``grid`` is longer by a cell along periodic axes of odd length.
    """

    device: Device
    grid: Grid
    shape: tuple[int, int, int]
    levels: Levels

    @classmethod
    def build(
        cls, device: Device, phases: Any, between: Float32, scales: tuple[np.float32, ...], wraps: Wraps
    ) -> Cells:
        """phases: uint8[batch, z, y, x], C-contiguous; between: float32[n, n], what a face between two phases conducts."""
        batch, z, y, x = phases.shape
        shape, still = even_lengths((z, y, x), wraps)
        grid = Grid(batch, shape)
        conductances = tuple(grid.zeros(device) for _ in range(3))
        grid.launch(
            device,
            _JOIN,
            *map(np.int32, (z, y, x, len(between), *wraps)),
            *scales,
            phases,
            device.upload(between),
            *conductances,
        )
        return cls(device, grid, (z, y, x), Levels.of_cells(device, grid, conductances, still))

    @property
    def _profile(self) -> tuple[np.int32, np.int32]:
        """Planes of voxels, and whether the profile goes on from the last to the first."""
        return np.int32(self.shape[0]), np.int32(self.levels.levels[0].wraps[0])

    def arrays(self) -> tuple[Any, Any]:
        """The source and the solution of the finest level of the cycle."""
        finest = self.levels.levels[0]
        return finest.source, finest.x

    def begin(self, state: Any, potential: Any, r: Any) -> None:
        """As ``Operator`` says."""
        finest = self.levels.levels[0]
        finest.close(self.device, potential)
        self.grid.launch(self.device, _INFLOW, *self._profile, state, *finest.conductances, potential, r)

    def advance(self, state: Any, alpha: Any, p: Any, q: Any, u: Any, r: Any, z: Any) -> None:  # noqa: ARG002  as ``Operator`` says
        """As ``Operator`` says."""
        self.grid.launch(self.device, _ADVANCE, state, alpha, self.levels.levels[0].inverse, p, q, u, r)

    def precondition(self, state: Any, r: Any, z: Any, shares: Any) -> None:
        """As ``Operator`` says."""
        w_cycle(self.device, self.levels, state, visits=1)
        self.grid.launch(self.device, _DOT, state, r, z, shares)

    def direct(self, state: Any, beta: Any, z: Any, before: Any, p: Any, q: Any, shares: Any) -> None:
        """As ``Operator`` says."""
        finest = self.levels.levels[0]
        finest.close(self.device, z)
        finest.close(self.device, before)
        self.grid.launch(self.device, _DIRECT, state, beta, *finest.conductances, z, before, p, q, shares)

    def measure(self, potential: Any) -> tuple[Any, Any]:
        """On the device: energy (float64[batch]) and plane fluxes (float64[batch, planes + 1]) of a potential."""
        device, grid, finest = self.device, self.grid, self.levels.levels[0]
        finest.close(device, potential)
        planes = grid.shape[0] + 1
        energy, fluxes = device.xp.zeros((2, grid.batch, planes, _LANES), np.float64)
        device.launch(
            _MEASURE,
            grid.batch * planes * _LANES,
            np.int32(grid.batch),
            np.int32(_LANES),
            *grid.lengths,
            *self._profile,
            *finest.conductances,
            potential,
            energy,
            fluxes,
        )
        return energy.sum(axis=(1, 2)), fluxes.sum(axis=2)

    def flows(self, potential: Any) -> Any:
        """float32[batch, 4, z, y, x] on the device: the flow along z, y, x and through each voxel; closed by ``measure``."""
        out = self.device.xp.zeros((self.grid.batch, 4, *self.shape), np.float32)
        finest, (planes, wraps) = self.levels.levels[0], self._profile
        shape = planes, *map(np.int32, self.shape[1:])
        self.grid.launch(self.device, _FLOWS, *shape, wraps, *finest.conductances, potential, out)
        return out

    def inside(self, padded: Any) -> Any:
        """The part of an array over the grid that lies in the volumes."""
        z, y, x = self.shape
        return padded[:, 1 : z + 1, 1 : y + 1, 1 : x + 1]
