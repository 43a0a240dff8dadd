"""The winner's curse over simulated sets: the score of choosing among candidates none of which is worth anything.

    python tests/verdict/choice.py --sets 200

Twelve ridges each see five random columns of designs and five of volumes that say nothing about the target. The best of them looks
better than it is on the rows it is chosen on; what choosing is worth is measured on new groups.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from population import Population, Set, drawn, out_of_fold

from poregrove.pipelines.scoring.bootstrap import Draws
from poregrove.pipelines.scoring.choice import choose
from poregrove.pipelines.scoring.losses import loss_table

CANDIDATES = 12
PENALTY = 300.0
"""Strong, so that what candidates learn of noise is alike."""
NOTHING = Population("nothing", design=0.0, volume=0.0, interaction=0.0)


@dataclass(frozen=True)
class Curse:
    """Means over the sets: skill of the best on its own rows, of choosing, and of the average candidate: as all are alike, the truth."""

    best: float
    choosing: float
    candidate: float
    beats: float
    """Share of the sets in which choosing is said to beat the baseline."""


def curse(sets: int, n_volumes: int = 24, n_designs: int = 13, deals: int = 3, seed: int = 0) -> Curse:
    """The curse of a set of candidates that are all alike, under ``new-both``."""
    told = np.array([_one(n_volumes, n_designs, deals, [seed, number]) for number in range(sets)])
    return Curse(*map(float, told.mean(axis=0)))


def _one(n_volumes: int, n_designs: int, deals: int, seed: list[int]) -> tuple[float, float, float, float]:
    rng = np.random.default_rng(seed)
    given = drawn(NOTHING, n_volumes, n_designs, rng)
    found = {}
    for number in range(CANDIDATES):
        columns: Set = drawn(NOTHING, n_volumes, n_designs, rng)
        answers = out_of_fold(replace(given, x=columns.x), "new-both", deals, seed[-1], penalty=PENALTY)
        found[f"ridge {number:02d}", ""] = answers["ridge"]
    found["mean", ""] = answers["mean"]
    draws = Draws(300, n_volumes, n_designs, seed[-1])
    panel = loss_table([(*key, key[0], own) for key, own in found.items()], given.truth, "new-both", "raw", draws)
    base = panel.models["mean", ""]
    ratios = {key: own.point["se"] / base.point["se"] for key, own in panel.models.items() if key[0] != "mean"}
    chosen = choose(panel, list(ratios), (base.point["se"], base.draws["se"])).interval
    return 1 - min(ratios.values()), chosen.value, 1 - float(np.mean([*ratios.values()])), float(chosen.lo > 0)


def main() -> None:
    """Print the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=200)
    options = parser.parse_args()
    for n_volumes, n_designs in ((24, 13), (60, 36)):
        print(f"{n_volumes} x {n_designs}: {curse(options.sets, n_volumes, n_designs)}", flush=True)


if __name__ == "__main__":
    main()
