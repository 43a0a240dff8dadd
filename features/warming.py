"""Kernels compiled before they are needed: once, and by two processes at a time where several will use them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import numpy as np

from .backends import get_backend
from .compute import compute
from .processes import cores, process_pool, threads_limited
from .registry import registry

if TYPE_CHECKING:
    from ..array_types import Mask
    from .declaration import ColumnInfo

log = logging.getLogger(__name__)


def compile_kernels(columns: Sequence[ColumnInfo], device: str, *, processes: int = 1) -> None:
    """Compile or load what these columns use; a second process of several compiles the solvers' kernels meanwhile.

    What is compiled lies in the cache, where processes that start later find it. Where some lies there already, or none
    can be kept, all is done here.
    """
    masks = _examples()
    solvers = [column.name for column in columns if column.tier == "transport" and not column.module]
    others = tuple(column for column in columns if column.name not in solvers)
    if device == "cpu" and min(processes, cores()) > 1 and solvers and others and _is_first_run():
        # both halves begin with them
        backend = get_backend("cpu")
        backend.components(backend.batch(masks))
        try:
            with threads_limited(1), process_pool(1) as pool:
                beside = pool.submit(_compile, solvers)
                compute(masks, [1.0, 1.0], others, device=device)
                beside.result()
        except BrokenProcessPool:
            log.warning("the process that compiled kernels died; compiling them here")
    compute(masks, [1.0, 1.0], columns, device=device)


def _is_first_run() -> bool:
    """Whether kernels can be kept and none are yet."""
    from .backends.cpu.compile import cache_folder, has_kernels

    return cache_folder() is not None and not has_kernels()


def _compile(names: Sequence[str]) -> None:
    compute(_examples(), [1.0, 1.0], registry().named(names), device="cpu")


def _examples() -> list[Mask]:
    """Open and labyrinthine pores, which solvers treat by different kernels."""
    places = np.indices((12, 12, 12))
    bulky = (places // 3).sum(axis=0) % 3 > 0
    sparse = np.zeros_like(bulky)
    sparse[:, ::4, ::4] = sparse[::4, :, ::4] = sparse[::4, ::4, :] = True
    return [bulky, sparse]
