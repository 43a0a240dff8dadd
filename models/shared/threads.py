"""Limit on the threads of the libraries below numpy and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def thread_limit(threads: int) -> AbstractContextManager[Any]:
    """Within it BLAS and OpenMP use at most ``threads`` threads; they take every core otherwise."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    limits: AbstractContextManager[Any] = threadpool_limits(threads)
    return limits
