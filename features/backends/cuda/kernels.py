"""Kernels by name: a ``__global__`` function of a ``.cu`` file that lies beside the module that launches it.

A ``.cu`` file holds one operation in plain CUDA C++: functions ``extern "C" __global__ void``, built-in
types only (no headers, no macros from outside), so that it compiles alone with ``nvcc -ptx``, with NVRTC,
and with g++ in the tests, which execute it. Kernels run over a line of threads and use neither shared
memory nor barriers; what they return does not depend on the order in which threads run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BLOCK = 256
"""Threads of a block."""


@dataclass(frozen=True)
class Kernel:
    """A kernel and the file it is written in."""

    source: Path
    name: str


def kernel(module: str, name: str, *, file: str | None = None) -> Kernel:
    """The kernel ``name`` of the ``.cu`` file beside a module, the one of the module's own name unless ``file`` says which.

    ``module`` is the module's ``__file__``; nothing is read before the kernel is launched.
    """
    path = Path(module)
    return Kernel(path.with_name(file) if file else path.with_suffix(".cu"), name)


def blocks_for(threads: int) -> int:
    """Blocks that hold at least so many threads; kernels leave at once where their number is too high."""
    return -(-threads // BLOCK)
