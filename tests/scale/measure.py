"""Resources of a command: its wall time, the processor time and the peak memory of all its processes together."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SAMPLE_SECONDS = 0.1
_KIBIBYTE = 1024


@dataclass(frozen=True)
class Measured:
    """Exit code, wall and processor seconds, and the largest sum of resident memory over the process tree."""

    code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    peak_processes: int


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command and look at its process tree ten times a second (Linux).

    Of pages that processes share each counts its part, so that tables which all of them map count once. Processor seconds
    are those of the command and of all that it waited for. What it prints goes to standard error. Leaves the command running
    no longer than this function does; one command at a time.
    """
    began, spent, peak, processes = time.perf_counter(), _spent_by_children(), 0, 0
    child = subprocess.Popen(command, env=environment, stdout=sys.stderr)
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
    seconds, cpu_seconds = time.perf_counter() - began, _spent_by_children() - spent
    return Measured(child.returncode, seconds, cpu_seconds, peak, processes)


def disk_bytes(folder: Path) -> int:
    """Size on disk of all files below a folder."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _spent_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
    """Resident memory, shared pages divided among those that share them; all of them where the kernel does not say."""
    for name, line_name in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        for line in _read(_PROC / str(pid) / name).splitlines():
            if line.startswith(line_name):
                return int(line.split()[1]) * _KIBIBYTE
    return 0


def _read(path: Path) -> str:
    """Empty where the process has ended meanwhile, or may not be looked at."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
