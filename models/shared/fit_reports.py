"""Optional reports of fitted models on their fits: device, diagnostics, time limit."""

from __future__ import annotations

from collections.abc import Mapping
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
