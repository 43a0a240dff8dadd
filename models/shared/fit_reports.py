"""Optional reports of fitted models on their fits: device, diagnostics, time limit, course of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..base import Fitted


@dataclass(frozen=True)
class TruncatedFit:
    """A fit that its time bound ended: ``done`` of ``planned`` steps of a kind, such as epochs."""

    unit: str
    done: int
    planned: int


@runtime_checkable
class ReportsDevice(Protocol):
    """A fitted model that knows where it was fitted, which need not be where it was asked to be; others ran on the CPU."""

    @property
    def device(self) -> str:
        """``cpu``, ``cuda``, or the library's own name of another device."""
        ...


def device_of(fitted: Fitted) -> str:
    """Device that a model was fitted on, in its library's own name."""
    return fitted.device if isinstance(fitted, ReportsDevice) else "cpu"


@runtime_checkable
class ReportsDiagnostics(Protocol):
    """A fitted model that reports numbers of its own, such as the weights of an ensemble's members."""

    @property
    def diagnostics(self) -> Mapping[str, float]:
        """Numbers by their short names."""
        ...


@runtime_checkable
class ReportsTimeLimit(Protocol):
    """A fitted model that knows whether a time bound ended its fit."""

    @property
    def truncated(self) -> TruncatedFit | None:
        """Progress of the fit where a time limit ended it; None where it ended by itself."""
        ...


@runtime_checkable
class ReportsCourse(Protocol):
    """A fitted model that knows how good it was on its validation part while it was trained."""

    @property
    def course(self) -> Sequence[tuple[float, float]]:
        """(seconds of training, score: 1 is perfect, 0 is the mean of training) in order; empty where none was kept."""
        ...
