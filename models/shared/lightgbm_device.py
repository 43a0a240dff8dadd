"""Choice of LightGBM's device: a GPU only if it was built for one, which is tried once, in a process of its own.

The published wheels know no CUDA, and find a GPU through OpenCL only where its driver is installed. A
build that cannot prints its refusal past Python, and a broken OpenCL driver may end the process, so the
trial runs in another one.
"""

from __future__ import annotations

import functools
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from ..base import Device

log = logging.getLogger(__name__)

Place: TypeAlias = Literal["cpu", "cuda", "gpu"]
"""``device_type`` of LightGBM; ``gpu`` is OpenCL."""

_TRIAL = """
import sys
import lightgbm, numpy
values = numpy.arange(64.0).reshape(32, 2)
try:
    lightgbm.train(
        {"device_type": sys.argv[1], "objective": "regression", "num_leaves": 2, "min_data_in_leaf": 1, "verbosity": -1},
        lightgbm.Dataset(values, values[:, 0]), 1,
    )
except lightgbm.basic.LightGBMError as error:
    sys.exit(str(error).splitlines()[0])
"""
_SECONDS = 120
"""A trial that takes longer has failed: OpenCL compiles its kernels at first use."""


def place_for(device: Device) -> Place:
    """Device to train on for ``device``; the CPU, with the reason in the log, where the build can do no better."""
    if device == "cpu":
        return "cpu"
    place, reason = _gpu()
    if place == "cpu":
        # logged at every fit it would hide all else
        _say_once(reason)
    return place


@functools.cache
def _gpu() -> tuple[Place, str]:
    """The best place that a trial succeeds at, and why not a better one."""
    reasons = []
    places: tuple[tuple[Place, str], ...] = (("cuda", "CUDA"), ("gpu", "OpenCL"))
    for place, label in places:
        refusal = refusal_of(place)
        if refusal is None:
            return place, ""
        reasons.append(f"{label}: {refusal}")
    return "cpu", "; ".join(reasons)


def refusal_of(place: Place) -> str | None:
    """The error with which LightGBM refuses to train on a device; None where it trains."""
    try:
        done = subprocess.run(  # noqa: S603  the interpreter that runs this
            [sys.executable, "-c", _TRIAL, place],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {_SECONDS} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"ended with {done.returncode}"


@functools.cache
def _say_once(reason: str) -> None:
    log.warning("LightGBM trains on the CPU, its build finds no GPU: %s", reason)
