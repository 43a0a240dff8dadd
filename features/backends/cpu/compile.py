"""Compiled kernels: numba at first call, cached on disk, without a global side effect.

``@kernel`` marks a function for numba without loading numba. The first call compiles it, or reads it
from the kernel cache: ``$NUMBA_CACHE_DIR`` where the user set it, else ``$POREGROVE_CACHE/kernels``,
else the user's cache folder. Where nothing can be written kernels compile uncached, and the log says so.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, overload

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_lock = threading.RLock()


class Kernel(Generic[P, R]):
    """A function that numba compiles when it is first called.

    Kernels may call kernels. Numba's disk cache is renewed when a kernel's own file changes; so that a change in
    another that it calls is seen too, its name there ends in a digest of theirs.
    """

    def __init__(self, function: Callable[P, R], options: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self._options = options
        self._compiled: Callable[P, R] | None = None
        self._inner: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compile or load at the first call, then run."""
        if self._compiled is None:
            with _no_garbage_collection():
                return self.compiled()(*args, **kwargs)
        return self._compiled(*args, **kwargs)

    @property
    def is_compiled(self) -> bool:
        """Whether it was compiled or loaded in this process."""
        return self._compiled is not None

    def compiled(self) -> Callable[P, R]:
        """The numba dispatcher of this kernel."""
        with _lock:
            if self._compiled is None:
                self._compiled = _dispatcher(self._linked(), self._options | {"no_cfunc_wrapper": True})
            return self._compiled

    def inner(self) -> Callable[P, R]:
        """The dispatcher for kernels that call this one: without what calls from Python and the disk cache need."""
        with _lock:
            if self._inner is None:
                options = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}
                self._inner = _without_literals(_dispatcher(self._linked(), self._options | options, cached=False))
            return self._inner

    def _called(self) -> dict[str, Kernel[..., Any]]:
        """The kernels that it names, by their names in it."""
        scope = getattr(self.function, "__globals__", {})
        named = {name: scope.get(name) for name in self.function.__code__.co_names}
        return {name: other for name, other in named.items() if isinstance(other, Kernel) and other is not self}

    def _files(self) -> set[str]:
        """The source files of this kernel and of all that it calls."""
        return {self.function.__code__.co_filename}.union(*(other._files() for other in self._called().values()))  # noqa: SLF001  its own class

    def _linked(self) -> FunctionType:
        """The function with the kernels it names replaced by their dispatchers, which numba can inline."""
        function = self.function
        if not isinstance(function, FunctionType):
            raise TypeError(f"a kernel is a plain function, got {function!r}")
        scope = dict(function.__globals__)
        scope.update({name: other.inner() for name, other in self._called().items()})
        linked = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
        linked.__qualname__ = function.__qualname__
        elsewhere = sorted(self._files() - {function.__code__.co_filename})
        if elsewhere:
            texts = b"".join(Path(file).read_bytes() for file in elsewhere)
            linked.__qualname__ += f"_{hashlib.sha256(texts).hexdigest()[:12]}"
        linked.__module__ = function.__module__
        linked.__kwdefaults__ = function.__kwdefaults__
        return linked


@overload
def kernel(function: Callable[P, R]) -> Kernel[P, R]: ...
@overload
def kernel(*, fastmath: bool = False, inline: bool = False) -> Callable[[Callable[P, R]], Kernel[P, R]]: ...


def kernel(
    function: Callable[P, R] | None = None,
    *,
    fastmath: bool = False,
    inline: bool = False,
) -> Kernel[P, R] | Callable[[Callable[P, R]], Kernel[P, R]]:
    """Mark a function of arrays and numbers for compilation without the interpreter lock.

    ``fastmath`` lets the compiler reorder floating-point sums: only where the last digits are not at
    stake. ``inline`` is for small helpers of other kernels.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath}
    if inline:
        options["inline"] = "always"
    if function is not None:
        return Kernel(function, options)
    return lambda marked: Kernel(marked, options)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """No search for cycles, which a tenth of the time of compiling goes into: the compiler keeps millions of objects."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _dispatcher(function: FunctionType, options: dict[str, Any], *, cached: bool = True) -> Any:
    folder = cache_folder() if cached else None
    # numba chooses a function's cache folder when it is decorated, from this one global setting: it is
    # set for that moment only, so that kernels of other packages stay where their users want them
    import numba
    from numba.core import config

    before = config.CACHE_DIR
    if folder is not None:
        config.CACHE_DIR = str(folder)
    try:
        return numba.njit(cache=folder is not None, **options)(function)
    finally:
        config.CACHE_DIR = before


def _without_literals(dispatcher: Any) -> Any:
    """The dispatcher, which does not compile a version of its own for a literal beside that for any number."""
    from numba.core.types.misc import unliteral

    template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: template(tuple(map(unliteral, args)), kws)
    return dispatcher


@functools.cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernels, None where it cannot be written; says in the log what the first run costs."""
    folder = wanted_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        log.warning(
            "kernels are compiled anew in every process: the cache folder %s cannot be written (%s)", folder, error
        )
        return None
    if not has_kernels():
        log.info("first run: compiling kernels, about 20 s of one core in all; they are kept in %s", folder)
    return folder


def has_kernels() -> bool:
    """Whether compiled kernels lie where they are kept."""
    return next(wanted_folder().rglob("*.nbi"), None) is not None


def wanted_folder() -> Path:
    """Folder in which compiled kernels are kept, whether or not it can be written."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen)
    if chosen := os.environ.get("POREGROVE_CACHE"):
        return Path(chosen) / "kernels"
    import platformdirs

    return Path(platformdirs.user_cache_dir("poregrove")) / "kernels"
