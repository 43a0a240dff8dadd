"""The CPU back end: one primitive a file, compiled by numba at first use."""
# ruff: noqa: D102  the primitives are described once, in Backend

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....array_types import Float32, Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64
    from ..protocol import Components, Intrusion, RunLengths, Weights
    from .diffusion import DiffusionResult
    from .distance import Whole


class CpuBackend:
    """NumPy arrays and compiled loops, one thread each and one volume at a time; the primitives are described in ``Backend``.

    A batch is a list of volumes.
    """

    name = "cpu"
    xp: Any = np
    concurrent = True
    out_of_memory: tuple[type[Exception], ...] = ()

    def batch_size(self, shape: tuple[int, ...]) -> int:  # noqa: ARG002  nothing is gained by more
        return 1

    def free_memory_pool(self) -> None: ...

    def batch(self, masks: Sequence[Mask]) -> list[Mask]:
        return [_frozen(np.ascontiguousarray(mask, dtype=np.bool_).view()) for mask in masks]

    def upload(self, masks: Sequence[Mask]) -> Callable[[], list[Mask]]:
        batch = self.batch(masks)
        return lambda: batch

    def to_host(self, volume: NDArray[Any]) -> NDArray[Any]:
        return volume

    def layer(self, volumes: Sequence[NDArray[Any]], axis: int, side: int) -> list[NDArray[Any]]:
        # np.take would copy a whole volume that lies otherwise in memory
        return [np.moveaxis(volume, axis, 0)[-side].copy() for volume in volumes]

    def complement(self, masks: Sequence[Mask]) -> list[Mask]:
        return [_frozen(~mask) for mask in masks]

    def count(self, masks: Sequence[Mask]) -> list[int]:
        return [int(np.count_nonzero(mask)) for mask in masks]

    def profiles(self, masks: Sequence[Mask]) -> list[tuple[Int64, Int64, Int64]]:
        from .profile import profiles

        return [profiles(mask) for mask in masks]

    def configurations(self, masks: Sequence[Mask]) -> list[Int64]:
        from .configurations import configurations

        return [configurations(mask) for mask in masks]

    def components(self, masks: Sequence[Mask]) -> list[Components]:
        from .components import components

        return [components(mask) for mask in masks]

    def select(self, masks: Sequence[Mask], components: Sequence[Components], keep: Sequence[Mask]) -> list[Mask]:
        from .components import select

        return [select(*each) for each in zip(masks, components, keep, strict=True)]

    def contacts(self, masks: Sequence[Mask], components: Sequence[Components]) -> list[Int64]:
        from .components import contacts

        return [contacts(*each) for each in zip(masks, components, strict=True)]

    def squared_distance(self, masks: Sequence[Mask], weights: Weights = (1, 1, 1)) -> list[Whole | Float32]:
        from .distance import squared_distance

        return [squared_distance(mask, weights) for mask in masks]

    def integer_histogram(self, squared: Sequence[Whole | Float32]) -> list[Int64]:
        from .levels import integer_histogram

        return [integer_histogram(values) for values in squared]

    def run_lengths(self, masks: Sequence[Mask], axis: int) -> list[RunLengths]:
        from .runs import run_lengths

        return [run_lengths(mask, axis) for mask in masks]

    def pair_counts(self, masks: Sequence[Mask], axis: int, lags: int) -> list[Int64]:
        from .pairs import pack, pair_counts

        return [pair_counts(pack(mask), axis, lags) for mask in masks]

    def geodesic_distance(
        self,
        masks: Sequence[Mask],
        axis: int,
        side: int,
        edges: Sequence[float] = (1.0, 1.0, 1.0),
        periodic: Collection[int] = (),
    ) -> list[Float32]:
        from .geodesic import geodesic_distance

        return [geodesic_distance(mask, axis, side, edges, periodic) for mask in masks]

    def bottleneck_map(self, squared_distance: Sequence[Whole | Float32], axis: int, side: int) -> list[Whole]:
        from .widest import bottleneck_map

        return [bottleneck_map(squared, axis, side) for squared in squared_distance]

    def local_thickness(self, squared_radius: Sequence[Whole | Float32], weights: Weights = (1, 1, 1)) -> list[Whole]:
        from .balls import local_thickness

        return [local_thickness(squared, weights) for squared in squared_radius]

    def thickness_histogram(
        self, squared_distance: Sequence[Whole | Float32], weights: Weights = (1, 1, 1)
    ) -> list[Int64]:
        from .balls import thickness_histogram

        return [thickness_histogram(squared, weights) for squared in squared_distance]

    def intrusion(self, squared_distance: Sequence[Whole | Float32], weights: Weights = (1, 1, 1)) -> list[Intrusion]:
        from .intrusion import intrusion

        return [intrusion(squared, weights) for squared in squared_distance]

    def bottlenecks(self, squared_distance: Sequence[Whole | Float32]) -> list[tuple[int, int, int]]:
        from .widest import bottlenecks

        return [bottlenecks(squared) for squared in squared_distance]

    def solve_diffusion(
        self, masks: Sequence[Mask], axis: int, *, spanning: Sequence[Mask], **settings: Any
    ) -> list[DiffusionResult]:
        from .diffusion import solve_diffusion

        both = zip(masks, spanning, strict=True)
        return [solve_diffusion(mask, axis, spanning=part, **settings) for mask, part in both]

    def sides(self, masks: Sequence[Mask], components: Sequence[Components], axis: int) -> list[tuple[Int64, Int64]]:
        from .components import sides

        return [sides(mask.shape, found, axis) for mask, found in zip(masks, components, strict=True)]

    def phases(self, phases: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        return [np.ascontiguousarray(grid, dtype=np.uint8) for grid in phases]

    def solve_phases(
        self,
        phases: Sequence[NDArray[np.uint8]],
        conductivity: NDArray[np.float64],
        axis: int,
        *,
        spanning: Sequence[Mask],
        **settings: Any,
    ) -> list[DiffusionResult]:
        from .diffusion import solve_phases

        both = zip(phases, spanning, strict=True)
        return [solve_phases(grid, conductivity, axis, spanning=part, **settings) for grid, part in both]

    def conduction_tensor(
        self,
        phases: NDArray[np.uint8],
        conductivity: NDArray[np.float64],
        spanning: Sequence[Mask],
        deviations: Sequence[Any],
        edges: tuple[float, float, float],
    ) -> NDArray[np.float64]:
        from .diffusion.tensor import conduction_tensor

        return conduction_tensor(phases, conductivity, spanning, deviations, edges)

    def flux_statistics(self, throughputs: Sequence[Float32], stagnant: float, top: float) -> list[tuple[float, float]]:
        from .flow import flux_statistics

        return [flux_statistics(throughput, stagnant, top) for throughput in throughputs]


def _frozen(mask: Mask) -> Mask:
    mask.flags.writeable = False
    return mask
