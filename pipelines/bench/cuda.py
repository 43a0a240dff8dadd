"""The benchmark of a CUDA device: volumes a second in batches, the solver's share of the memory's speed, TauFactor."""

from __future__ import annotations

import itertools
import logging
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...array_types import Mask
from ...errors import SettingsError
from ...features import describe_batch
from ...features.backends import get_backend
from .fields import FIELDS, TYPICAL, Field
from .quantities import COLUMNS
from .versions import installed, versions

if TYPE_CHECKING:
    from ...features.backends.cuda import CudaBackend


log = logging.getLogger(__name__)

BATCHES = (1, 8, 64)
TORTUOSITY = ("relative_diffusivity_z",)
WORK: tuple[tuple[str, tuple[str, ...] | None], ...] = (
    ("tortuosity", TORTUOSITY),
    ("set", COLUMNS),
    ("everything", None),
)
"""The timed computations, with their columns: one axis, the peer-comparable set, both tiers."""
COPIED = 2**29
"""Bytes of the array whose copying measures the memory."""
_GOALS = (
    ("tortuosity", "tortuosity alone, volume-axes a second", 600.0),
    ("set", "peer-comparable set, volumes a second", 50.0),
    ("everything", "both tiers, volumes a second", 25.0),
)
_DISTINCT = 8
"""Volumes that are made; batches hold them and what flips make of them."""
_TWIN_LIMIT = 1e-4
_ENOUGH_SECONDS = 20.0
"""A slow call is not repeated beyond this."""


def run_cuda_bench(
    *,
    size: int = 128,
    batches: Sequence[int] = BATCHES,
    peers: bool = True,
    repeats: int = 3,
    copied: int = COPIED,
) -> dict[str, Any]:
    """Time the CUDA back end on volumes of ``size``^3; wall-clock seconds, medians, transfers included.

    batches: volumes handed over together. peers: also run TauFactor on the same device, where torch finds it.
    copied: bytes of the array whose copying measures the memory.

    Returns plain values: ``machine``, ``device``, ``versions``, ``size``, ``copy_bytes_per_second``, ``fields`` (a
    row a field: relative diffusivity, that of the CPU, steps), ``throughput`` (a row a kind of work and batch),
    ``solver`` (a row a batch: the solver alone, with its bandwidth), ``peer`` (TauFactor, a row a batch),
    ``goals``. Raises DeviceError where no device answers, SettingsError for what measures nothing.
    """
    if size < 16 or not batches or min(batches) < 1 or repeats < 1:  # noqa: PLR2004  as in the benchmark of the CPU
        raise SettingsError("the benchmark takes volumes of 16 voxels a side or more, batches and repeats from 1")
    backend: Any = get_backend("cuda")
    made = [Field(TYPICAL.name, TYPICAL.porosity, TYPICAL.correlation_length, seed) for seed in range(_DISTINCT)]
    volumes = list(itertools.islice(flipped_copies([field.make(size) for field in made]), max(batches)))
    speed = _copy_speed(backend, copied, repeats)
    result: dict[str, Any] = {
        "machine": {"platform": platform.platform()},
        "device": backend.device.about(),
        "versions": versions(),
        "size": size,
        "copy_bytes_per_second": speed,
        "fields": [_field(backend, field, size) for field in FIELDS],
        "throughput": [
            _throughput(what, columns, volumes[:batch], repeats) for what, columns in WORK for batch in sorted(batches)
        ],
        "solver": [_solver(backend, volumes[0], batch, repeats, speed) for batch in sorted(batches)],
        "peer": [_taufactor(volumes[:batch], repeats) for batch in sorted(batches)]
        if peers and torch_has_cuda()
        else [],
    }
    result["goals"] = list(judged_goals(result))
    return result


def flipped_copies(masks: Sequence[Mask]) -> Iterator[Mask]:
    """The volumes, then each flipped along some axes, which makes another of the same kind; then again."""
    for axes in itertools.cycle(itertools.chain.from_iterable(itertools.combinations(range(3), n) for n in range(4))):
        for mask in masks:
            yield np.ascontiguousarray(np.flip(mask, axes))


def _copy_speed(backend: CudaBackend, size: int, repeats: int) -> float:
    """Bytes read and written a second where the device copies an array of ``size`` bytes."""
    device = backend.device
    source = device.xp.zeros(size // 4, np.float32)
    target = device.xp.zeros(size // 4, np.float32)

    def copy() -> None:
        target[:] = source
        device.download(target[:1])

    return 2 * int(source.nbytes) / _median(copy, repeats)


def _field(backend: CudaBackend, field: Field, size: int) -> dict[str, Any]:
    """One axis of a field on both back ends."""
    volume = field.make(size)
    found = _solve(backend, [volume])[0]
    cpu = describe_batch([volume], columns=TORTUOSITY, device="cpu")[0][TORTUOSITY[0]]
    value = found.relative_diffusivity
    return {
        "field": field.name,
        "relative_diffusivity": value,
        "on_cpu": cpu,
        "difference": value / cpu - 1.0 if cpu else value,
        "iterations": found.iterations,
        "converged": found.converged,
    }


def _throughput(what: str, columns: tuple[str, ...] | None, volumes: Sequence[Mask], repeats: int) -> dict[str, Any]:
    log.info("bench: %s, batches of %d", what, len(volumes))
    seconds = _median(lambda: describe_batch(volumes, columns=columns, device="cuda"), repeats)
    return {"what": what, "batch": len(volumes), "seconds": seconds, "volumes_per_second": len(volumes) / seconds}


def _solver(backend: CudaBackend, volume: Mask, batch: int, repeats: int, speed: float) -> dict[str, Any]:
    """The solver alone on copies of one volume, which take the same steps."""
    from ...features.backends.cuda.diffusion import bytes_per_step

    masks, spanning = _spanning(backend, [volume] * batch)
    results: list[Any] = []

    def solve() -> None:
        results[:] = backend.solve_diffusion(masks, 0, spanning=spanning)

    seconds = _median(solve, repeats)
    z, y, x = volume.shape
    moved = sum(found.iterations for found in results) * bytes_per_step((z, y, x))
    return {
        "batch": batch,
        "seconds": seconds,
        "iterations": results[0].iterations,
        "volumes_per_second": batch / seconds,
        "bytes_per_second": moved / seconds,
        "share_of_copy": moved / seconds / speed,
    }


def _solve(backend: CudaBackend, volumes: Sequence[Mask]) -> list[Any]:
    masks, spanning = _spanning(backend, volumes)
    return backend.solve_diffusion(masks, 0, spanning=spanning)


def _spanning(backend: CudaBackend, volumes: Sequence[Mask]) -> tuple[Any, Any]:
    """Volumes on the device, and their components that join both faces of axis z."""
    masks = backend.batch(volumes)
    components = backend.components(masks)
    return masks, backend.select(masks, components, [found.spans(0) for found in components])


def _taufactor(volumes: Sequence[Mask], repeats: int) -> dict[str, Any]:
    """TauFactor at its defaults, a batch a solver; it reads its result back, so it has ended when it returns."""
    import taufactor

    images = np.stack(volumes).astype(np.uint8)
    values: list[float] = []

    def solve() -> None:
        solver = taufactor.Solver(images, device="cuda")
        solver.solve(verbose=False)
        values[:] = np.asarray(solver.D_eff, np.float64).ravel().tolist()

    seconds = _median(solve, repeats)
    return {
        "batch": len(volumes),
        "seconds": seconds,
        "volumes_per_second": len(volumes) / seconds,
        "relative_diffusivity": values[0],
    }


def torch_has_cuda() -> bool:
    """Whether TauFactor is there and its torch sees a device."""
    if not installed("taufactor") or not installed("torch"):
        return False
    import torch

    return bool(torch.cuda.is_available())


def _median(call: Callable[[], object], repeats: int) -> float:
    """Seconds of a call after one to warm up, which compiles and fills pools."""
    call()
    seconds: list[float] = []
    while len(seconds) < repeats and (not seconds or sum(seconds) < _ENOUGH_SECONDS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def judged_goals(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Goals in the form of the CPU's benchmark: the best batch of each work, and the two back ends' difference."""
    for what, goal, limit in _GOALS:
        best = max(row["volumes_per_second"] for row in result["throughput"] if row["what"] == what)
        yield {"goal": goal, "value": best, "limit": limit, "sense": ">=", "met": best >= limit}
    worst = max(abs(row["difference"]) for row in result["fields"])
    yield {
        "goal": "diffusivity, largest relative difference from the CPU",
        "value": worst,
        "limit": _TWIN_LIMIT,
        "sense": "<=",
        "met": worst <= _TWIN_LIMIT,
    }
