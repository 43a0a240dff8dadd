"""How busy workers are kept by a comparison: its pieces, dealt to so many workers one after another, the longest first.

    python tests/scale/workers.py --out /tmp/scale
    python tests/scale/workers.py --run RUN --settings SETTINGS.toml

The first plans the defaults (or those settings) on run tables of 15,000 volumes x 100 designs (made there where they are missing; synthetic, of
150 descriptors and scalars), and takes what each piece is expected to take (``training/job_costs.py``), each wrong by a factor
of its own, log-normal with the given spread: the order knows the expectation, the clock what it really takes. The second
takes the processor seconds that the jobs of a finished run recorded, spread over the folds of a job by their rows. Both print as
JSON the share of the time that the workers are busy, and the same for whole jobs in series, as before the division.
The exit code is 1 where they are busy for less than ``--least``. Networks are left out: they are bounded by the clock and wait
for a device.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from synthetic import Size, write_tables

from poregrove.pipelines.execution import console
from poregrove.pipelines.scoring.losses import prediction_files
from poregrove.pipelines.settings import ComparisonSettings, read_settings
from poregrove.pipelines.tables.feature_sets import FeatureSources, sources
from poregrove.pipelines.tables.groups import find_groups
from poregrove.pipelines.tables.run_tables import load_data, share_data
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.division import Piece, divide
from poregrove.pipelines.training.finish import recorded
from poregrove.pipelines.training.job import InstalledModels, Job, plan_jobs, sized
from poregrove.pipelines.training.job_costs import expected_seconds
from poregrove.pipelines.training.size_rules import counts_of, size_rules


def main() -> int:
    """Plan, deal, print; 1 where workers are idle too long."""
    options = _parser().parse_args()
    settings = read_settings(options.settings).comparison if options.settings else ComparisonSettings()
    run = options.run or options.out
    if options.run is None:
        prepare(run, Size(options.volumes, options.designs, options.descriptors))
        data = f"synthetic tables, {options.volumes} x {options.designs}; expected seconds, spread {options.spread}"
    else:
        data = f"{run.name}: recorded processor seconds of its jobs"
    pieces = planned(run, settings)
    expected = np.array([expected_seconds(piece.part) for piece in pieces])
    if options.run is None:
        wrong = np.random.default_rng(0).lognormal(-(options.spread**2) / 2, options.spread, len(pieces))
        took = dict(zip(pieces, expected * wrong, strict=True))
    else:
        took = dict(zip(pieces, measured(run, pieces), strict=True))
    said = {
        "data": data,
        "pieces": len(pieces),
        "bundles": len({piece.bundle for piece in pieces}),
        "cpu_hours": round(sum(took.values()) / 3600, 2),
        "longest_piece_seconds": round(max(took.values()), 1),
        "workers": options.workers,
        "busy": round(busy([*took.values()], options.workers), 3),
        "hours": round(ends([*took.values()], options.workers) / 3600, 3),
        "in_series": _in_series(took, options.workers),
    }
    console.say(json.dumps(said, indent=1))
    return int(said["busy"] < options.least)


def ends(seconds: Iterable[float], workers: int) -> float:
    """Time at which the last of some pieces ends, where each is begun, in order, by the worker that is free first."""
    free = [0.0] * workers
    for one in seconds:
        heapq.heapreplace(free, free[0] + one)
    return max(free)


def busy(seconds: Sequence[float], workers: int) -> float:
    """Share of the time until the last piece ends that the workers are at work."""
    return sum(seconds) / (workers * ends(seconds, workers))


def prepare(run: Path, size: Size) -> None:
    """Tables of a run that has been read and described."""
    if not (run / "features.parquet").exists() or not (run / "rows.parquet").exists():
        write_tables(run, size)
    if not (run / "groups.parquet").exists():
        rows = pd.read_parquet(run / "rows.parquet", columns=["volume_digest", "design_digest"])
        find_groups(rows).frame().to_parquet(run / "groups.parquet")
    share_data(run)


def planned(run: Path, settings: ComparisonSettings) -> tuple[Piece, ...]:
    """The pieces of all jobs but those of networks, as if screening kept all of them, the longest first."""
    rules = size_rules(settings, counts_of(load_data(run)))
    catalog = sized(InstalledModels(), rules)
    models = tuple(info for info in catalog.available() if info.kind != "network")
    context = RunContext(run, settings, catalog)
    jobs = plan_jobs(settings, models, equal_size=rules.equal_size, ensembles_everywhere=rules.ensembles_everywhere)
    return divide(context, jobs, _sources(context))


def measured(run: Path, pieces: Sequence[Piece]) -> list[float]:
    """Processor seconds of each piece: of those that each of its jobs recorded, the part that its folds have."""
    spent = {job: _spent(job, run) for job in prediction_files(run)}
    folds = {piece.bundle: max(1, len(piece.all_folds)) for piece in pieces}
    return [
        sum(spent.get(job, 0.0) for job in piece.jobs)
        * (1.0 if piece.parts is None else len(piece.part.folds) / folds[piece.bundle])
        for piece in pieces
    ]


def _spent(job: Job, run: Path) -> float:
    record = recorded(job, run)
    if record is None:
        return 0.0
    return sum(filter(None, (record.cpu_seconds_fit, record.cpu_seconds_predict, record.cpu_seconds_intervals)))


def _in_series(took: Mapping[Piece, float], workers: int) -> dict[str, float]:
    """The same work where all folds of jobs that share their rows run one after another."""
    whole: dict[tuple[Job, ...], float] = {}
    for piece, seconds in took.items():
        whole[piece.bundle] = whole.get(piece.bundle, 0.0) + seconds
    seconds = sorted(whole.values(), reverse=True)
    return {"busy": round(busy(seconds, workers), 3), "hours": round(ends(seconds, workers) / 3600, 3)}


def _sources(context: RunContext) -> FeatureSources:
    return sources(context.settings, context.tier_of, metres=context.metres, contract=context.contract)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--out", type=Path, help="folder of synthetic run tables, made where it is missing")
    given.add_argument("--run", type=Path, help="a finished run")
    parser.add_argument("--settings", type=Path, help="settings of the run, where they are not the defaults")
    parser.add_argument("--volumes", type=int, default=15_000)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--descriptors", type=int, default=135, help="beside the 15 scalars")
    parser.add_argument("--spread", type=float, default=0.5, help="of the logarithm of true over expected seconds")
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--least", type=float, default=0.85)
    return parser


if __name__ == "__main__":
    sys.exit(main())
