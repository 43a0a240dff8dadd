"""Resources of a command: its wall time and the peak resident memory of all its processes together."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SAMPLE_SECONDS = 0.1
_KIBIBYTE = 1024


@dataclass(frozen=True)
class Measured:
    """Exit code, wall seconds, and the largest sum of resident memory over the process tree."""

    code: int
    seconds: float
    peak_bytes: int
    peak_processes: int


def measure(command: Sequence[str]) -> Measured:
    """Run a command and look at its process tree ten times a second (Linux).

    Pages that processes share are counted once for each, so the peak is an upper bound. Leaves the
    command running no longer than this function does.
    """
    began, peak, processes = time.perf_counter(), 0, 0
    child = subprocess.Popen(command)
    try:
        while child.poll() is None:
            tree = _tree(child.pid)
            resident = sum(map(_resident_bytes, tree))
            if resident > peak:
                peak, processes = resident, len(tree)
            time.sleep(_SAMPLE_SECONDS)
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    return Measured(child.returncode, time.perf_counter() - began, peak, processes)


def disk_bytes(folder: Path) -> int:
    """Size on disk of all files below a folder."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for path in _PROC.glob("[0-9]*/stat"):
        fields = _read(path).rpartition(")")[2].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def _resident_bytes(pid: int) -> int:
    for line in _read(_PROC / str(pid) / "status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * _KIBIBYTE
    return 0


def _read(path: Path) -> str:
    """Empty where the process has ended meanwhile."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
