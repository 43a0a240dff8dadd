"""Seconds by stage, by the wall and of the processors, summed over the attempts of a run."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .atomic import write_json

log = logging.getLogger(__name__)


class Clock:
    """Wall-clock and processor seconds by stage; kept on disk, they outlive the attempt.

    The seconds of the stage in which an attempt was killed are lost; those of an interrupted stage count. Processor seconds
    are those of this process and of the workers that ended with their stage.
    """

    def __init__(self) -> None:
        self.began = datetime.now(UTC).isoformat(timespec="seconds")
        self._seconds: dict[str, float] = {}
        self._cpu_seconds: dict[str, float] = {}
        self._earlier: list[dict[str, Any]] = []
        self._file: Path | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the seconds of the block, however it ends."""
        log.info("%s", name)
        start, cpu_start = time.perf_counter(), _cpu_seconds()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start
            self._cpu_seconds[name] = self._cpu_seconds.get(name, 0.0) + _cpu_seconds() - cpu_start
            self._write()

    def keep_in(self, file: Path) -> None:
        """Add this attempt to those in ``file``, and write all of them there from now on."""
        try:
            self._earlier = _sittings(file)
        except FileNotFoundError:
            self._earlier = []
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("%s cannot be read, seconds of earlier attempts are not counted: %s", file, error)
        self._file = file
        self._write()

    @property
    def first_began(self) -> str:
        """Start of the first attempt, ISO 8601."""
        return str(self._all()[0]["began"])

    @property
    def attempts(self) -> int:
        """Number of attempts."""
        return len(self._all())

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage in all attempts."""
        return self._total("seconds")

    @property
    def cpu_seconds(self) -> dict[str, float]:
        """Processor seconds of each stage in all attempts that counted them."""
        return self._total("cpu_seconds")

    def _total(self, kind: str) -> dict[str, float]:
        total: dict[str, float] = {}
        for sitting in self._all():
            for name, value in sitting[kind].items():
                total[name] = total.get(name, 0.0) + value
        return {name: round(value, 3) for name, value in total.items()}

    def _all(self) -> list[Mapping[str, Any]]:
        return [*self._earlier, {"began": self.began, "seconds": self._seconds, "cpu_seconds": self._cpu_seconds}]

    def _write(self) -> None:
        if self._file is not None:
            write_json(self._file, {"sittings": self._all()})


def _sittings(file: Path) -> list[dict[str, Any]]:
    kept = json.loads(file.read_text(encoding="utf-8"))["sittings"]
    return [
        {
            "began": str(item["began"]),
            "seconds": _numbers(item["seconds"]),
            "cpu_seconds": _numbers(item.get("cpu_seconds", {})),
        }
        for item in kept
    ]


def _numbers(seconds: Mapping[Any, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in seconds.items()}


def _cpu_seconds() -> float:
    """Processor seconds of this process and of its children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
