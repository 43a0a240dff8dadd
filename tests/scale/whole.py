"""The whole path, audit to report, at several sizes: processor seconds, memory and exponents by stage, and what follows from them.

    python tests/scale/whole.py --out /tmp/whole --volumes 300,1000 --partly 3000

makes data sets of known law (``make.py``), runs ``poregrove audit`` and ``poregrove compare`` on each in processes of their
own, with one thread a process and an empty cache of descriptors, and prints a Markdown table. Of a size under ``--partly`` reading,
descriptors and two jobs a model are run and the rest is projected from the jobs of the largest whole run; that column is marked *.
It ends with the projection to ``--goal-volumes`` volumes of ``--goal-size`` voxels along each edge, for which some volumes of that size are looked
at and described. What was measured is kept in the folder, so that a run that was stopped goes on. What stands behind ``--`` is handed
on to ``compare``. The exit code is 1 where a stage grows faster than the power 1.15, or the projection exceeds the goal.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from make import LAW, Plan, make
from measure import disk_bytes, measure
from projection import Costs, Job, exponent, partly_run, projected, table

from poregrove.features.backends.cpu.compile import wanted_folder
from poregrove.features.processes import THREAD_VARIABLES

MOST_EXPONENT = 1.15
GIB = 2**30
_WORTH_JUDGING = 20.0
"""Processor seconds of a stage below which its exponent says more about the machine than about the stage."""
_MAIN = (sys.executable, "-m", "poregrove.pipelines.commands.main")
_WARM = (sys.executable, "-c", "from poregrove.features import warm_up; warm_up(device='cpu')")
_OF_CELLS = "--targets projected_cycle_life --regimes new-both --feature-sets none,scalars+morphology+transport"
_OF_VOLUMES = "--targets tau_factor --regimes new-structure --feature-sets none,morphology"
_RUN_FULLY = ("audit", "reading", "features")
_MEASURED = 8
"""Volumes of the size of the goal that are measured."""


@dataclass(frozen=True)
class Spent:
    """What a command took; ``stages`` are those of its clock, with the rest."""

    stages: Mapping[str, float]
    seconds: float
    peak_gib: float
    disk_gb: float = 0.0


@dataclass(frozen=True)
class Size:
    """One size, run whole or partly."""

    costs: Costs
    seconds: float
    peak_gib: float
    jobs: Sequence[Job]


def main() -> int:
    """Measure, print, judge."""
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    compiled = _spent(options, "compilation", [*_WARM])
    sizes = [_whole(options, volumes) for volumes in options.volumes]
    known = [size.costs for size in sizes]
    for volumes in options.partly:
        jobs = sizes[len(options.volumes) - 1].jobs
        size = _partly(options, volumes, known[: len(options.volumes)], jobs)
        sizes.append(size)
        known.append(size.costs)
    target = _with_large_volumes(options, projected(known, options.goal_volumes))
    _say(table(known, target))
    _say(f"\nWall seconds: {', '.join(f'{size.seconds:,.0f} ({size.costs.volumes:,})' for size in sizes)}.")
    _say(f"Peak GiB of all processes: {', '.join(f'{size.peak_gib:.2f} ({size.costs.volumes:,})' for size in sizes)}.")
    _say(f"Compiling kernels, once: {sum(compiled.stages.values()):.0f} processor seconds (0 where they were there).")
    steep = _steep(known)
    for stage, power, volumes in steep:
        _say(f"{stage} grows with the power {power:.2f} up to {volumes:,} volumes, {MOST_EXPONENT} at most is allowed")
    words = "within" if target.total <= options.goal else "beyond"
    _say(f"Projection: {target.total:,.0f} processor seconds, {words} the goal of {options.goal:,.0f}.")
    return int(bool(steep) or target.total > options.goal)


def _steep(known: Sequence[Costs]) -> list[tuple[str, float, int]]:
    return [
        (stage, power, large.volumes)
        for small, large in itertools.pairwise(known)
        for stage in large.stages
        if large.stages[stage] >= _WORTH_JUDGING and (power := exponent(small, large, stage)) > MOST_EXPONENT
    ]


def _whole(options: argparse.Namespace, volumes: int) -> Size:
    """A data set audited and compared with the defaults."""
    data, run = _data(options, volumes, options.size), options.out / f"run-{volumes}"
    audit = _spent(options, f"audit-{volumes}", _audit(options, data))
    compare = _spent(options, f"compare-{volumes}", _compare(options, data, run, options.compare), run)
    stages = {"audit": math.fsum(audit.stages.values()), **compare.stages}
    seconds, peak = audit.seconds + compare.seconds, max(audit.peak_gib, compare.peak_gib)
    return Size(Costs(volumes, stages), seconds, peak, _jobs(run))


def _partly(options: argparse.Namespace, volumes: int, small: Sequence[Costs], jobs: Sequence[Job]) -> Size:
    """A data set audited and described, with two jobs a model; the rest is projected."""
    data = _data(options, volumes, options.size)
    spent, sample = [_spent(options, f"audit-{volumes}", _audit(options, data))], []
    for name, words in (("cells", _OF_CELLS), ("volumes", _OF_VOLUMES)):
        run = options.out / f"part-{volumes}-{name}"
        command = _compare(options, data, run, [*options.compare, *words.split(), "--no-studies"])
        spent.append(_spent(options, f"{name}-{volumes}", command, run))
        sample += _jobs(run)
    stages = {"audit": math.fsum(spent[0].stages.values()), **spent[1].stages}
    measured = Costs(volumes, {name: stages[name] for name in _RUN_FULLY})
    costs = partly_run(small, jobs, sample, measured)
    return Size(costs, math.fsum(item.seconds for item in spent), max(item.peak_gib for item in spent), sample)


def _with_large_volumes(options: argparse.Namespace, target: Costs) -> Costs:
    """The same with descriptors, and looking at volumes, as volumes of the goal's size take them."""
    if options.goal_size == options.size:
        return target
    few, more = 2, 2 + _MEASURED
    seconds: dict[str, list[float]] = {"audit": [], "features": []}
    for count in (few, more):
        data = _data(options, count, options.goal_size, designs=1, points=20)
        cache = f"cache-large-{count}"
        audit = _spent(options, f"large-audit-{count}", [*_MAIN, "audit", str(data), "--workers", "1"], cache=cache)
        table = str(options.out / f"large-{count}.parquet")
        extract = [*_MAIN, "extract", str(data), "--out", table, "--workers", "1", "--device", "cpu"]
        seconds["audit"].append(sum(audit.stages.values()))
        seconds["features"].append(
            sum(_spent(options, f"large-features-{count}", extract, cache=cache).stages.values())
        )
    each = {name: max(many - little, 0.0) / _MEASURED for name, (little, many) in seconds.items()}
    _say(
        f"A volume of {options.goal_size}^3: {each['audit']:.3f} s to look at, {each['features']:.3f} s to describe.\n"
    )
    looking, describing = (target.volumes * each[name] for name in ("audit", "features"))
    stages = {**target.stages, "audit": target.stages["audit"] + looking, "features": describing}
    return Costs(target.volumes, stages, whole=False)


def _data(options: argparse.Namespace, volumes: int, size: int, designs: int = 0, points: int = 0) -> Path:
    plan = Plan(volumes, designs or options.designs, size, points or options.points)
    folder: Path = options.out / f"data-{plan.volumes}x{plan.designs}-{size}"
    if not (folder / LAW).exists():
        best = make(folder, plan).best_r2
        if plan.designs == options.designs:
            _say(f"{folder.name}: best R2 {', '.join(f'{name} {value:.4f}' for name, value in best.items())}\n")
    return folder


def _audit(options: argparse.Namespace, data: Path) -> list[str]:
    return [*_MAIN, "audit", str(data), "--workers", str(options.workers)]


def _compare(options: argparse.Namespace, data: Path, run: Path, further: Sequence[str]) -> list[str]:
    fixed = ["--out", str(run), "--workers", str(options.workers), "--device", "cpu"]
    return [*_MAIN, "compare", str(data), *fixed, *further]


def _spent(
    options: argparse.Namespace, name: str, command: Sequence[str], run: Path | None = None, cache: str = ""
) -> Spent:
    """What a command took, measured once and kept in the folder. SystemExit with its exit code where it fails."""
    kept = options.out / f"{name}.json"
    if kept.exists():
        return Spent(**json.loads(kept.read_text(encoding="utf-8")))
    size = name.rpartition("-")[2]
    environment = {
        **os.environ,
        **dict.fromkeys(THREAD_VARIABLES, "1"),
        "NUMBA_CACHE_DIR": str(wanted_folder()),
        "POREGROVE_CACHE": str((options.out / (cache or f"cache-{size}")).absolute()),
    }
    measured = measure(command, environment)
    if measured.code:
        raise SystemExit(measured.code)
    stages = {} if run is None else _clocked(run)
    last = {} if run is None else _sittings(run)[-1]["cpu_seconds"]
    stages["rest"] = max(measured.cpu_seconds - math.fsum(last.values()), 0.0)
    found = Spent(stages, measured.seconds, measured.peak_bytes / GIB, 0.0 if run is None else disk_bytes(run) / 1e9)
    kept.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def _clocked(run: Path) -> dict[str, float]:
    """Processor seconds by stage, over all attempts."""
    total: dict[str, float] = {}
    for sitting in _sittings(run):
        for name, value in sitting["cpu_seconds"].items():
            total[name] = total.get(name, 0.0) + value
    return total


def _sittings(run: Path) -> list[dict[str, dict[str, float]]]:
    sittings: list[dict[str, dict[str, float]]] = json.loads((run / "sittings.json").read_text("utf-8"))["sittings"]
    return sittings


def _jobs(run: Path) -> list[Job]:
    jobs: list[Job] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["jobs"]
    return jobs


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for data sets, runs and measurements")
    parser.add_argument("--volumes", type=_numbers, default=(300, 1000), help="sizes that are run whole")
    parser.add_argument("--partly", type=_numbers, default=(), help="sizes of which the rest is projected")
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--size", type=int, default=32, help="edge of a volume, in voxels")
    parser.add_argument("--points", type=int, default=300, help="points of a series")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--goal", type=float, default=86_000.0, help="processor seconds that the projection may come to"
    )
    parser.add_argument("--goal-volumes", type=int, default=15_000)
    parser.add_argument("--goal-size", type=int, default=128)
    parser.add_argument("compare", nargs="*", help="further options of compare, behind --")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
