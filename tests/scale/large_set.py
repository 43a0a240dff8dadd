"""The design of a large set against the full one, on a crossing of known law: do both come to the same verdicts?

    python tests/scale/large_set.py --out /tmp/large-set

runs and scores one comparison twice, with ``comparison.large_set`` ``off`` and ``on``, on 200 volumes x 40 designs
(``synthetic.py``), and prints for each target the winner, scores and widths of both, and what each took. The exit code is 1
where a winner of one is beaten beyond noise in the other, where a score differs by more than .005 and one standard
error, or where the widths of the intervals differ by more than a tenth in the median.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from synthetic import Size, write_tables

from poregrove.pipelines.execution import console
from poregrove.pipelines.scoring.score import score_run
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import ComparisonRecord, run_comparison

KEY = ["target", "model", "features"]
SCORE, ERRORS, WIDTH = 0.005, 1.0, 0.1
"""Largest differences: of a score, in standard errors where that is more, and of the median ratio of widths."""
Z = 1.96


def main() -> int:
    """Run both designs, print how they compare."""
    found = both_designs(parser().parse_args())
    console.say(json.dumps(found, indent=1))
    return int(not found["alike"])


def both_designs(options: argparse.Namespace) -> dict[str, Any]:
    """Both runs, and how they compare."""
    with console.speaking(quiet=True):
        both = {name: run(options.out / name, name, options) for name in ("off", "on")}
    return compared(options.out, both)


def run(folder: Path, large_set: str, options: argparse.Namespace) -> ComparisonRecord:
    """One comparison, scored; a finished job is not run again."""
    if not (folder / "features.parquet").exists():
        write_tables(folder, Size(options.volumes, options.designs, options.descriptors))
    settings = ComparisonSettings(
        models=options.models,
        targets=options.targets,
        feature_sets=options.feature_sets,
        regimes=options.regimes,
        intervals=(),
        bootstrap=2000,
        large_set=large_set,
    )
    rows = pd.read_parquet(folder / "rows.parquet", columns=["volume_digest", "design_digest"])
    context = RunContext(folder, settings, InstalledModels(), workers=1)
    record = run_comparison(context, rows, pd.read_parquet(folder / "features.parquet"))
    score_run(folder, settings)
    return record


def compared(out: Path, records: dict[str, ComparisonRecord]) -> dict[str, Any]:
    """Winners, scores and widths of both designs, and whether they are alike."""
    off, on = (_scores(out / name) for name in ("off", "on"))
    joined = off.add_suffix("_off").join(on.add_suffix("_on"), how="inner")
    error = (joined["hi_off"] - joined["lo_off"]) / (2 * Z)
    difference = (joined["value_on"] - joined["value_off"]).abs()
    width = ((joined["hi_on"] - joined["lo_on"]) / (joined["hi_off"] - joined["lo_off"])).median()
    winners = {target: _winners(out, target, off, on) for target in off.index.unique("target")}
    far = difference[difference > np.maximum(SCORE, ERRORS * error)]
    return {
        "scores": {
            "compared": len(joined),
            "median_difference": round(float(difference.median()), 4),
            "largest_difference": round(float(difference.max()), 4),
            "largest_in_standard_errors": round(float((difference / error).max()), 2),
            "beyond": [" ".join(key) for key in far.index],
        },
        "width_ratio": round(float(width), 3),
        "winners": winners,
        "work": {name: _work(record) for name, record in records.items()},
        "alike": bool(far.empty and abs(width - 1) <= WIDTH and all(item["alike"] for item in winners.values())),
    }


def _scores(run_dir: Path) -> pd.DataFrame:
    scores = pd.read_parquet(run_dir / "scores.parquet")
    own = scores[(scores["metric"] == "r2") & (scores["scale"] == "raw")]
    return own.set_index(KEY)[["value", "lo", "hi"]]


def _winners(out: Path, target: str, off: pd.DataFrame, on: pd.DataFrame) -> dict[str, Any]:
    """The best of each design; alike where neither design tells the other's best from its own."""
    best = {name: scores.loc[target]["value"].idxmax() for name, scores in (("off", off), ("on", on))}
    alike = best["off"] == best["on"] or not any(
        _told_apart(out / name, target, best["off"], best["on"]) for name in ("off", "on")
    )
    values = {
        name: round(float(scores.loc[(target, *best[name]), "value"]), 4) for name, scores in (("off", off), ("on", on))
    }
    return {name: f"{' on '.join(best[name])}: {values[name]}" for name in best} | {"alike": alike}


def _told_apart(run_dir: Path, target: str, one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether a design tells two candidates apart; one that it screened out is apart from all."""
    table = pd.read_parquet(run_dir / "differences.parquet")
    table = table[table["target"] == target]
    sides = [[*zip(table[f"model_{side}"], table[f"features_{side}"], strict=True)] for side in ("a", "b")]
    for a, b, verdict in zip(*sides, table["verdict"], strict=True):
        if {a, b} == {one, other}:
            return bool(verdict != "undetermined")
    return True


def _work(record: ComparisonRecord) -> dict[str, Any]:
    seconds = [item.cpu_seconds_fit or 0.0 for item in record.jobs]
    return {
        "rules": [rule.setting for rule in record.rules.applied],
        "jobs": dict(Counter(item.status for item in record.jobs)),
        "cpu_seconds_fit": round(sum(seconds), 1),
        "fits": sum(item.n_fits for item in record.jobs),
    }


def parser() -> argparse.ArgumentParser:
    """Options of the command line."""
    found = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    found.add_argument("--out", type=Path, required=True, help="folder of both runs, made or gone on with")
    found.add_argument("--volumes", type=int, default=200)
    found.add_argument("--designs", type=int, default=40)
    found.add_argument("--descriptors", type=int, default=40)
    found.add_argument("--regimes", type=_names, default=("new-both",), help="one")
    found.add_argument("--models", type=_names, default=("mean", "ridge", "elastic-net", "xgboost"))
    found.add_argument("--targets", type=_names, default=("nominal_capacity", "projected_cycle_life", "initial_dcir"))
    found.add_argument(
        "--feature-sets",
        type=_names,
        default=(
            "none",
            "scalars",
            "scalars+physics",
            "morphology",
            "scalars+morphology+transport+physics",
        ),
    )
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


if __name__ == "__main__":
    sys.exit(main())
