"""Computation over many volumes: batches of one shape that fit the memory, the next one uploaded meanwhile."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

from ..array_types import Mask
from ..errors import DeviceError
from .batch import Batch
from .spacing import CUBE

if TYPE_CHECKING:
    from .backends import Backend
    from .voxels import Spacing


log = logging.getLogger(__name__)

R = TypeVar("R")

_TURN = threading.Lock()
"""Held by the thread whose volumes are on the device."""


def in_batches(
    masks: Sequence[Mask],
    backend: Backend,
    compute: Callable[[Batch], Sequence[R]],
    name: Callable[[int], str] = "volume {}".format,
    spacings: Sequence[Spacing] | None = None,
) -> list[R]:
    """Apply ``compute`` to batches of volumes of one shape and spacing (None: cubes); the results for all, in their order.

    Batches are as large as ``backend.batch_size`` says. Where one does not fit after all it is halved, and
    those after it with it, down to one volume. Raises DeviceError where a single volume does not fit, and
    names it by ``name`` of its position.
    """
    alike: dict[tuple[tuple[int, ...], Spacing], list[int]] = {}
    for place, mask in enumerate(masks):
        alike.setdefault((mask.shape, CUBE if spacings is None else spacings[place]), []).append(place)
    results: dict[int, R] = {}
    # two at a time would not fit, where one is sized by what is free
    with nullcontext() if backend.concurrent else _TURN:
        for (_, spacing), places in alike.items():
            results.update(_of_one_shape(masks, places, spacing, backend, compute=compute, name=name))
    return [results[place] for place in range(len(masks))]


def _of_one_shape(
    masks: Sequence[Mask],
    places: Sequence[int],
    spacing: Spacing,
    backend: Backend,
    *,
    compute: Callable[[Batch], Sequence[R]],
    name: Callable[[int], str],
) -> dict[int, R]:
    """The results at some places of ``masks``, all of one shape and spacing."""
    results: dict[int, R] = {}
    shape = masks[places[0]].shape
    waiting = deque(_parts(places, backend.batch_size(shape)))
    coming: Batch | None = None
    ahead = True
    while waiting:
        present = waiting[0]
        batch, coming, fits = coming, None, False
        try:
            batch = batch or Batch([masks[place] for place in present], backend, spacing)
            if ahead and len(waiting) > 1:
                # copied while the present batch is computed
                coming = _on_its_way([masks[place] for place in waiting[1]], backend, spacing)
            results.update(zip(present, compute(batch), strict=True))
            fits = True
        except backend.out_of_memory:
            log.info("%d volumes of %s voxels do not fit the device together", len(present), _spelt(shape))
        finally:
            if batch is not None:
                batch.release()
        if fits:
            waiting.popleft()
            continue
        # the exception is dropped here, and with it the arrays that it kept alive
        batch = None
        if coming is not None:
            ahead, coming = False, None
        elif len(present) > 1:
            waiting = deque(part for wait in waiting for part in _parts(wait, len(present) // 2))
        else:
            raise DeviceError(
                f"{name(present[0])}: its {_spelt(shape)} voxels do not fit into the memory of the device; "
                "--device cpu takes it"
            )
        backend.free_memory_pool()
    return results


def _on_its_way(masks: Sequence[Mask], backend: Backend, spacing: Spacing) -> Batch | None:
    """Begin the upload of a batch if it fits in memory beside the present one."""
    try:
        return Batch(masks, backend, spacing)
    except backend.out_of_memory:
        return None


def _parts(places: Sequence[int], size: int) -> list[Sequence[int]]:
    return [places[start : start + size] for start in range(0, len(places), size)]


def _spelt(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
