"""The CPU back end: one primitive a file, compiled by numba at first use."""
# ruff: noqa: D102  the primitives are described once, in Backend

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..protocol import Components, Counts, RunLengths

    Mask = NDArray[np.bool_]
    Float32 = NDArray[np.float32]


class CpuBackend:
    """NumPy arrays and compiled loops, one thread each; the primitives are described in ``Backend``."""

    name = "cpu"
    xp: Any = np

    def asarray(self, mask: Mask) -> Mask:
        """A read-only view where the layout allows, else a copy."""
        array = np.ascontiguousarray(mask, dtype=np.bool_).view()
        array.flags.writeable = False
        return array

    def to_host(self, array: NDArray[Any]) -> NDArray[Any]:
        return array

    def count(self, mask: Mask) -> int:
        return int(np.count_nonzero(mask))

    def profiles(self, mask: Mask) -> tuple[Counts, Counts, Counts]:
        from .profile import profiles

        return profiles(mask)

    def configurations(self, mask: Mask) -> Counts:
        from .configurations import configurations

        return configurations(mask)

    def components(self, mask: Mask) -> Components:
        from .components import components

        return components(mask)

    def select(self, mask: Mask, components: Components, keep: NDArray[np.bool_]) -> Mask:
        from .components import select

        return select(mask, components, keep)

    def squared_distance(self, mask: Mask) -> Float32:
        from .distance import squared_distance

        return squared_distance(mask)

    def level_counts(self, squared: Float32) -> Counts:
        from .levels import level_counts

        return level_counts(squared)

    def run_lengths(self, mask: Mask, axis: int) -> RunLengths:
        from .runs import run_lengths

        return run_lengths(mask, axis)

    def pair_counts(self, mask: Mask, axis: int, lags: int) -> Counts:
        from .pairs import pack, pair_counts

        return pair_counts(pack(mask), axis, lags)

    def geodesic_distance(self, mask: Mask, axis: int, side: int) -> Float32:
        from .geodesic import geodesic_distance

        return geodesic_distance(mask, axis, side)

    def widest_way(self, squared_distance: Float32, axis: int, side: int) -> Float32:
        from .widest import widest_way

        return widest_way(squared_distance, axis, side)

    def largest_ball(self, squared_radius: Float32) -> Float32:
        from .balls import largest_ball

        return largest_ball(squared_radius)

    def solve_diffusion(self, mask: Mask, axis: int, **settings: Any) -> Any:
        from .diffusion import solve_diffusion

        return solve_diffusion(mask, axis, **settings)
