"""The CUDA back end: one primitive a file, its kernels in the ``.cu`` file beside it, whole batches of volumes a launch."""
# ruff: noqa: D102  the primitives are described once, in Backend

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....array_types import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64
    from ..cpu.diffusion import DiffusionResult
    from ..protocol import Components, Intrusion, RunLengths, Weights
    from .device import Device


class CudaBackend:
    """Arrays and kernels of a ``Device``; the primitives are described in ``Backend``.

    A batch is one array [batch, z, y, x]. Volumes of a batch share every launch and every wait.
    """

    name = "cuda"
    concurrent = False

    def __init__(self, device: Device) -> None:
        self.device = device
        self.xp = device.xp
        self.out_of_memory: tuple[type[Exception], ...] = (device.out_of_memory,)

    def batch_size(self, shape: tuple[int, ...]) -> int:
        from .batches import batch_size

        return batch_size(self.device, shape)

    def free_memory_pool(self) -> None:
        self.device.release()

    def batch(self, masks: Sequence[Mask]) -> Any:
        return self.upload(masks)()

    def upload(self, masks: Sequence[Mask]) -> Callable[[], Any]:
        return self.device.start_upload(np.stack([np.asarray(mask, np.bool_) for mask in masks]))

    def to_host(self, volume: Any) -> NDArray[Any]:
        return self.device.download(volume)[0]

    def layer(self, volumes: Any, axis: int, side: int) -> list[NDArray[Any]]:
        from .rounds import at_face

        return list(self.device.download(self.xp.ascontiguousarray(volumes[at_face(axis, side)]))[0])

    def complement(self, masks: Any) -> Any:
        return ~masks

    def count(self, masks: Any) -> list[int]:
        counts = self.xp.count_nonzero(masks.reshape(len(masks), -1), axis=1)
        return [int(count) for count in self.device.download(counts)[0]]

    def profiles(self, masks: Any) -> list[tuple[Int64, Int64, Int64]]:
        from .profile import profiles

        return profiles(self.device, masks)

    def configurations(self, masks: Any) -> list[Int64]:
        from .configurations import configurations

        return configurations(self.device, masks)

    def components(self, masks: Any) -> list[Components]:
        from .components import components

        return components(self.device, masks)

    def select(self, masks: Any, components: Sequence[Components], keep: Sequence[Mask]) -> Any:
        from .components import select

        return select(self.device, masks, components, keep)

    def contacts(self, masks: Any, components: Sequence[Components]) -> list[Int64]:
        from .components import contacts

        return contacts(self.device, masks, components)

    def squared_distance(self, masks: Any, weights: Weights = (1, 1, 1)) -> Any:
        from .distance import squared_distance

        return squared_distance(self.device, masks, weights)

    def integer_histogram(self, squared: Any) -> list[Int64]:
        from .levels import integer_histogram

        return integer_histogram(self.device, squared)

    def run_lengths(self, masks: Any, axis: int) -> list[RunLengths]:
        from .runs import run_lengths

        return run_lengths(self.device, masks, axis)

    def pair_counts(self, masks: Any, axis: int, lags: int) -> list[Int64]:
        from .pairs import pair_counts

        return pair_counts(self.device, masks, axis, lags)

    def geodesic_distance(
        self,
        masks: Any,
        axis: int,
        side: int,
        edges: Sequence[float] = (1.0, 1.0, 1.0),
        periodic: Collection[int] = (),
    ) -> Any:
        from .geodesic import geodesic_distance

        return geodesic_distance(self.device, masks, axis, side, edges, periodic)

    def bottleneck_map(self, squared_distance: Any, axis: int, side: int) -> Any:
        from .widest import bottleneck_map

        return bottleneck_map(self.device, squared_distance, axis, side)

    def local_thickness(self, squared_radius: Any, weights: Weights = (1, 1, 1)) -> Any:
        from .balls import local_thickness

        return local_thickness(self.device, squared_radius, weights)

    def thickness_histogram(self, squared_distance: Any, weights: Weights = (1, 1, 1)) -> list[Int64]:
        from .intrusion import thickness_histogram

        return thickness_histogram(self.device, squared_distance, weights)

    def intrusion(self, squared_distance: Any, weights: Weights = (1, 1, 1)) -> list[Intrusion]:
        from .intrusion import intrusion

        return intrusion(self.device, squared_distance, weights)

    def bottlenecks(self, squared_distance: Any) -> list[tuple[int, int, int]]:
        from .intrusion import bottlenecks

        return bottlenecks(self.device, squared_distance)

    def solve_diffusion(self, masks: Any, axis: int, *, spanning: Any, **settings: Any) -> list[DiffusionResult]:
        from .diffusion import solve_diffusion

        return solve_diffusion(self.device, masks, axis, spanning=spanning, **settings)

    def sides(self, masks: Any, components: Sequence[Components], axis: int) -> list[tuple[Int64, Int64]]:
        from .components import sides

        return sides(self.device, masks, components, axis)

    def phases(self, phases: Sequence[NDArray[np.uint8]]) -> Any:
        return self.device.start_upload(np.stack([np.asarray(grid, np.uint8) for grid in phases]))()

    def solve_phases(
        self, phases: Any, conductivity: NDArray[np.float64], axis: int, *, spanning: Any, **settings: Any
    ) -> list[DiffusionResult]:
        from .diffusion import solve_phases

        return solve_phases(self.device, phases, conductivity, axis, spanning=spanning, **settings)

    def conduction_tensor(
        self,
        phases: NDArray[np.uint8],
        conductivity: NDArray[np.float64],
        spanning: Sequence[Mask],
        deviations: Sequence[Any],
        edges: tuple[float, float, float],
    ) -> NDArray[np.float64]:
        from ..cpu.diffusion.tensor import conduction_tensor

        return conduction_tensor(
            phases, conductivity, spanning, [None if of is None else self.to_host(of) for of in deviations], edges
        )

    def flux_statistics(self, throughputs: Sequence[Any], stagnant: float, top: float) -> list[tuple[float, float]]:
        from .flow import flux_statistics

        return flux_statistics(self.device, throughputs, stagnant, top)
