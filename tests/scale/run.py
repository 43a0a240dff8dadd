"""A comparison at the size of the users' data set: its wall time, peak memory and disk.

    python tests/scale/run.py --out /tmp/scale

writes run tables of 15,000 volumes x 100 designs with 150 features, runs and scores the comparison
in a process of its own, and prints what it took. Started again it goes on where it was stopped. The
exit code is 1 where a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import pandas as pd
from measure import disk_bytes, measure
from synthetic import Size, write_tables

from poregrove.pipelines.execution import console
from poregrove.pipelines.scoring.score import score_run
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.feature_sets import volume_part
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison
from poregrove.schema import TARGET_BY_NAME

GIB = 2**30
_FINISHED = "comparison.json"


def main() -> int:
    """Write the tables, measure the comparison, compare with the limits."""
    options = _parser().parse_args()
    with console.speaking():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    run = options.out
    if not (run / "rows.parquet").exists() or not (run / "features.parquet").exists():
        write_tables(run, Size(options.volumes, options.designs, options.descriptors))
    if options.work:
        compare(run, options)
        return 0
    measured = measure([sys.executable, *sys.argv, "--work"])
    if measured.code:
        return measured.code
    said = {
        "rows": options.volumes * options.designs,
        "features": options.descriptors + 15,
        "wall_seconds": round(measured.seconds, 1),
        "peak_gib": round(measured.peak_bytes / GIB, 3),
        "processes": measured.peak_processes,
        "disk_gb": round(disk_bytes(run) / 1e9, 3),
        **json.loads((run / _FINISHED).read_text(encoding="utf-8")),
    }
    console.say(json.dumps(said, indent=1))
    return int(said["peak_gib"] > options.memory or said["disk_gb"] > options.disk)


def compare(run: Path, options: argparse.Namespace) -> None:
    """Run and score the comparison of a run folder's tables, as ``poregrove compare`` does."""
    catalog = InstalledModels(
        {name: {"rounds": options.rounds, "rounds_unvalidated": options.rounds} for name in ("xgboost", "lightgbm")}
    )
    clock = time.perf_counter()
    records = []
    for settings in _parts(options):
        with console.progress(f"comparing {', '.join(settings.targets)}", "job group") as progress:
            record = run_comparison(
                RunContext(run, settings, catalog, workers=options.workers, memory=options.memory),
                pd.read_parquet(run / "rows.parquet", columns=["volume_digest", "design_digest"]),
                pd.read_parquet(run / "features.parquet"),
                progress=progress,
            )
        records += [item.as_dict() for item in record.jobs if item.status == "done"]
    compared = time.perf_counter()
    with console.progress("scoring", "target") as progress:
        score_run(run, ComparisonSettings(), progress=progress)
    scores = pd.read_parquet(run / "scores.parquet")
    said = {
        "seconds": {"models": round(compared - clock, 1), "scores": round(time.perf_counter() - compared, 1)},
        "r2": {
            f"{row.target} {row.model} {row.features}": round(row.value, 4)
            for row in scores[(scores["metric"] == "r2") & (scores["scale"] != "log")].itertuples()
        },
        "jobs": records,
    }
    (run / _FINISHED).write_text(json.dumps(said), encoding="utf-8")


def _parts(options: argparse.Namespace) -> list[ComparisonSettings]:
    """Targets of cells on the sets asked for, targets of volumes on what these sets come to without scalars."""
    of_cells = tuple(name for name in options.targets if not TARGET_BY_NAME[name].volume_only)
    of_volumes = tuple(name for name in options.targets if TARGET_BY_NAME[name].volume_only)
    sets = tuple(dict.fromkeys(filter(None, map(volume_part, options.feature_sets))))
    return [
        ComparisonSettings(
            models=options.models,
            targets=targets,
            regimes=options.regimes,
            feature_sets=names,
            repeats=options.repeats,
            intervals=tuple(filter(None, options.intervals)),
        )
        for targets, names in ((of_cells, options.feature_sets), (of_volumes, sets))
        if targets
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="run folder, made or gone on with")
    parser.add_argument("--volumes", type=int, default=15_000)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--descriptors", type=int, default=135, help="beside the 15 scalars")
    parser.add_argument("--targets", type=_names, default=("projected_cycle_life", "tau_factor"))
    parser.add_argument("--regimes", type=_names, default=("new-both",))
    parser.add_argument("--models", type=_names, default=("mean", "additive", "xgboost", "lightgbm"))
    parser.add_argument("--feature-sets", type=_names, default=("none", "scalars+morphology+transport"))
    parser.add_argument("--intervals", type=_names, default=ComparisonSettings().intervals, help="'' for none")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--memory", type=float, default=4.0, help="GiB that all processes may take together")
    parser.add_argument("--disk", type=float, default=5.0, help="GB that the run folder may take")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    return parser


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


if __name__ == "__main__":
    sys.exit(main())
