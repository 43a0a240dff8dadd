"""The resistor network solver: conjugate gradients on the nodes that exact elimination leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Float64
from ..compile import kernel
from .graph import Graph, dot
from .kcycle import Hierarchy
from .resistors import Resistors
from .stopping import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import Scales


@dataclass(frozen=True, eq=False)
class Network:
    """The reduced network of a grid of voxels with flow along axis 0, ready to be solved."""

    grid: NDArray[np.uint8]
    resistors: Resistors
    graph: Graph
    hierarchy: Hierarchy

    @classmethod
    def build(cls, grid: NDArray[np.uint8], scales: Scales = None) -> Network:
        """grid: 1 in the voxels that conduct, each joined to both outer faces of axis 0; 0 elsewhere."""
        resistors = Resistors.build(grid, scales)
        graph = Graph.of(resistors)
        return cls(grid, resistors, graph, Hierarchy.build(graph))

    def improve(
        self,
        potential: Float32,
        energy: float,
        tolerance: float,
        max_iterations: int,
        *,
        is_profile: bool = False,  # noqa: ARG002  nothing is gained by it
    ) -> Progress:
        """Replace ``potential`` (float32[z, y, x], deviation from the profile that falls by 1 a plane) by a settled one, starting from it.

        ``energy`` is that of ``potential`` as given.
        """
        values = np.empty(len(self.resistors.count), np.float64)
        _gather(self.grid, potential, values)
        progress = Progress(energy, tolerance)
        if len(self.graph):
            left = self.resistors.left
            values[left] = self._solve(values[left], progress, max_iterations)
        else:
            progress.exhausted()
        self.resistors.restore(values)
        _scatter(self.grid, potential, values)
        return progress

    def _solve(self, x: Float64, progress: Progress, max_iterations: int) -> Float64:
        """Flexible conjugate gradients from x for the nodes that are left."""
        graph = self.graph
        inlet = self.resistors.ends[self.resistors.left, 0].astype(np.float64)
        r = inlet - graph.times(x)
        # relaxing the eliminated nodes has lowered the energy: this is what it is now
        unit = float(len(self.grid)) ** 2
        progress.energy = unit * (self.resistors.through + float(inlet.sum()) - dot(inlet + r, x))
        p = q = np.zeros_like(x)
        curvature = 0.0
        while progress.iterations < max_iterations:
            z = self.hierarchy.cycle(r)
            if curvature > 0.0:
                z -= (dot(z, q) / curvature) * p
            p, q = z, graph.times(z)
            curvature, gain = dot(p, q), dot(p, r)
            if not (curvature > 0.0 and abs(gain) > 0.0):
                progress.exhausted()
                break
            alpha = gain / curvature
            x = x + alpha * p
            r = r - alpha * q
            if progress.settles(unit * alpha * gain):
                break
        return x


@kernel
def _gather(grid: NDArray[np.uint8], potential: Float32, values: Float64) -> None:
    """The potentials of the nodes, profile included, in the order of their voxels: inlet 1, outlet 0."""
    planes, height, width = grid.shape
    i = 0
    for z in range(planes):
        profile = planes - z - 0.5
        for y in range(height):
            for x in range(width):
                if grid[z, y, x]:
                    values[i] = (profile + potential[z, y, x]) / planes
                    i += 1


@kernel
def _scatter(grid: NDArray[np.uint8], potential: Float32, values: Float64) -> None:
    planes, height, width = grid.shape
    i = 0
    for z in range(planes):
        profile = planes - z - 0.5
        for y in range(height):
            for x in range(width):
                if grid[z, y, x]:
                    potential[z, y, x] = planes * values[i] - profile
                    i += 1
