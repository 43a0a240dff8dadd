"""Coverage of the intervals of a skill over simulated sets, for ``docs/validation.md``.

    python tests/verdict/coverage.py --sets 200

Each set is drawn anew from a population of volumes and designs, dealt into the folds of a comparison, predicted by
a ridge and by the mean of training, and scored by the code of the package. The skill that intervals are to cover is that of
the procedure on new groups at the same size of training, from further draws that no set has seen. Some minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from population import POPULATIONS, Population, drawn, out_of_fold, ridge

from poregrove.pipelines.scoring.bootstrap import Draws
from poregrove.pipelines.scoring.interval import explained_interval, widening
from poregrove.pipelines.scoring.losses import loss_table

SIZES = ((24, 13), (60, 36))
REGIMES = ("new-both", "new-structure", "new-design")
DEALS = (1, 5)
BOOTSTRAP = 400
NEW_GROUPS = 30
"""Volumes and designs on which the true skill is measured, a draw."""


@dataclass(frozen=True)
class Coverage:
    """Shares of the sets whose interval holds the true skill: as stated, and without the factor W."""

    deals: int
    true: float
    held: float
    held_unwidened: float
    width: float


def true_skill(population: Population, n_volumes: int, n_designs: int, regime: str, draws: int = 400) -> float:
    """1 - mean loss of the ridge / mean loss of the mean on groups that training has not seen."""
    rng, losses = np.random.default_rng(1), np.zeros(2)
    new_volumes, new_designs = regime != "new-design", regime != "new-structure"
    v = (
        n_volumes * (2 if regime == "new-both" else 4) // (3 if regime == "new-both" else 5)
        if new_volumes
        else n_volumes
    )
    d = n_designs
    if new_designs:
        d = n_designs * 2 // 3 if regime == "new-both" else n_designs - 1 if n_designs < 20 else n_designs * 4 // 5
    for _ in range(draws):
        given = drawn(population, v + NEW_GROUPS * new_volumes, d + NEW_GROUPS * new_designs, rng)
        train = (given.volume < v) & (given.design < d)
        test = np.full(len(train), True)
        test &= given.volume >= v if new_volumes else True
        test &= given.design >= d if new_designs else True
        y, y_new = given.y[train], given.y[test]
        losses += [
            np.mean((ridge(given.x[train], y, given.x[test]) - y_new) ** 2), np.mean((y.mean() - y_new) ** 2)
        ]  # fmt: skip
    return float(1 - losses[0] / losses[1])


def coverage(
    population: Population, n_volumes: int, n_designs: int, regime: str, sets: int, *, seed: int = 0
) -> Iterator[Coverage]:
    """Coverage with one deal of the folds and with several."""
    true = true_skill(population, n_volumes, n_designs, regime)
    held = {deals: np.zeros((sets, 3)) for deals in DEALS}
    for number in range(sets):
        given = drawn(population, n_volumes, n_designs, np.random.default_rng([seed, number]))
        found = out_of_fold(given, regime, max(DEALS), number)
        draws = Draws(BOOTSTRAP, n_volumes, n_designs, number)
        for deals in DEALS:
            first = {
                name: {key: part[own["repeat"] < deals] for key, part in own.items()} for name, own in found.items()
            }
            answers = [(name, "", name, own) for name, own in first.items()]
            panel = loss_table(answers, given.truth, regime, "raw", draws)
            one, base = panel.models["ridge", ""], panel.models["mean", ""]
            ratio, drawn_ratio = one.point["se"] / base.point["se"], one.draws["se"] / base.draws["se"]
            freedom = panel.cells.degrees_of_freedom
            interval = explained_interval(ratio, drawn_ratio, freedom)
            off = abs(np.log((1 - true) / ratio)) / np.log((1 - interval.lo) / ratio)
            held[deals][number] = off <= 1, off * widening(freedom) <= 1, interval.hi - interval.lo
    for deals, values in held.items():
        yield Coverage(deals, true, *map(float, values.mean(axis=0)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("| population | array | regime | deals | true skill | coverage | without W | mean width |")
    print("|---|---|---|--:|--:|--:|--:|--:|")
    for n_volumes, n_designs in SIZES:
        for population in POPULATIONS:
            for regime in REGIMES:
                for found in coverage(population, n_volumes, n_designs, regime, options.sets, seed=options.seed):
                    print(
                        f"| {population.name} | {n_volumes} x {n_designs} | {regime} | {found.deals} | {found.true:.2f} "
                        f"| {found.held:.3f} | {found.held_unwidened:.3f} | {found.width:.2f} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
