"""Making the calls of a plan: one after the other, or several at a time on threads of one process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from ..schema import TIERS
from .spacing import CUBE

if TYPE_CHECKING:
    from .registry import Call
    from .workspace import Workspace


def run(calls: Sequence[Call], work: Workspace, threads: int = 1) -> None:
    """Fill ``work.columns`` with what the calls return; each stands after those whose columns it reads.

    Calls are independent but for the columns they need and what the workspace shares, so any number of
    ``threads`` gives the same values. Raises what a call raises, and ValueError where it returns other
    names than it declares.
    """
    if threads == 1 or len(calls) == 1:
        for call in calls:
            _keep(call, _values(call, work), work)
        return
    # tiers are tiers of cost: the longest calls start first, so that none runs alone at the end
    waiting = sorted(calls, key=lambda call: -TIERS.index(call.descriptor.columns[0].tier))
    running: dict[Future[dict[str, float]], Call] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="poregrove") as pool:
        try:
            while waiting or running:
                for call in [call for call in waiting if _ready(call, work)]:
                    waiting.remove(call)
                    running[pool.submit(_values, call, work)] = call
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    _keep(running.pop(future), future.result(), work)
        finally:
            # after an error nothing further is begun
            pool.shutdown(cancel_futures=True)


def _ready(call: Call, work: Workspace) -> bool:
    return all(name in work.columns for name in call.descriptor.needs_of(call.part))


def _values(call: Call, work: Workspace) -> dict[str, float]:
    declared = call.part.columns
    if work.spacing != CUBE and all(column.only_cubes for column in declared.values()):
        return dict.fromkeys(declared, math.nan)
    return dict(call.descriptor.compute(work, **call.part.arguments))


def _keep(call: Call, values: dict[str, float], work: Workspace) -> None:
    declared = call.part.columns
    if set(values) != set(declared):
        raise ValueError(f"{call.descriptor.family} declares {', '.join(declared)} and returned {', '.join(values)}")
    work.columns |= {declared[name].name: float(value) for name, value in values.items()}
