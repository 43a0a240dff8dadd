"""What the image adds, over simulated sets: how often it is found where there is nothing, and where there is something.

    python tests/verdict/image.py --sets 100

Six models learn four targets with and without the descriptors of 60 volumes crossed with 36 designs. In one half of the sets the
descriptors are permuted among the volumes, so that they say nothing; in the other a tenth of each target's
variance is theirs. Differences, their correction and the verdicts are those of the package.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from population import SCALARS, Population, drawn, ridge, stored

from poregrove.pipelines.scoring.bootstrap import Draws
from poregrove.pipelines.scoring.image_adds import additions, image_rows
from poregrove.pipelines.scoring.losses import loss_table
from poregrove.pipelines.splits.splits import split

TARGETS = 4
A_TENTH = Population(
    "a tenth",
    design=0.5**0.5,
    volume=0.1**0.5,
    design_rest=0.15**0.5,
    volume_rest=0.05**0.5,
    interaction=0.05**0.5,
    noise=0.15**0.5,
)
WITHOUT, WITH = "scalars", "scalars+morphology"


def nearest(x: np.ndarray, y: np.ndarray, new: np.ndarray, count: int) -> np.ndarray:
    """Mean of the nearest training rows."""
    scale = x.std(axis=0) + 1e-9
    distance = (((new / scale)[:, None] - (x / scale)[None]) ** 2).sum(axis=2)
    return y[np.argpartition(distance, count, axis=1)[:, :count]].mean(axis=1)


def squares(x: np.ndarray) -> np.ndarray:
    """The columns and their products."""
    one, other = np.triu_indices(x.shape[1])
    return np.column_stack([x, x[:, one] * x[:, other]])


MODELS = {
    "ridge 1": lambda x, y, new: ridge(x, y, new, 1.0),
    "ridge 30": lambda x, y, new: ridge(x, y, new, 30.0),
    "ridge 300": lambda x, y, new: ridge(x, y, new, 300.0),
    "quadratic 30": lambda x, y, new: ridge(squares(x), y, squares(new), 30.0),
    "quadratic 300": lambda x, y, new: ridge(squares(x), y, squares(new), 300.0),
    "nearest 30": lambda x, y, new: nearest(x, y, new, 30),
}


def verdicts(seed: int, regime: str, *, permuted: bool, n_volumes: int = 60, n_designs: int = 36) -> set[str]:
    """The verdicts of all models on all targets of one set."""
    rng = np.random.default_rng([seed, permuted])
    shuffle, found = rng.permutation(n_volumes), []
    draws = Draws(400, n_volumes, n_designs, seed)
    first = drawn(A_TENTH, n_volumes, n_designs, rng)
    for _ in range(TARGETS):
        given = drawn(A_TENTH, n_volumes, n_designs, rng, like=first)
        x = given.x.copy()
        if permuted:
            x[:, SCALARS:] = x.reshape(n_volumes, n_designs, -1)[shuffle].reshape(x.shape)[:, SCALARS:]
        answers = []
        folds = tuple(split(regime, given.volume, given.design, repeats=1, seed=seed))
        for features, columns in ((WITHOUT, slice(SCALARS)), (WITH, slice(None))):
            for name, fit in MODELS.items():
                parts = [
                    [
                        fold.test,
                        np.full(len(fold.test), fold.fold),
                        np.full(len(fold.test), fold.repeat),
                        fit(x[fold.train, columns], given.y[fold.train], x[fold.test, columns]),
                    ]
                    for fold in folds
                ]
                answers.append((name, features, name, stored(parts)))
        panel = loss_table(answers, given.truth, regime, "raw", draws)
        found.append(additions(panel, tuple(panel.models)))
    return {row["verdict"] for row in image_rows(found, seed)}


def share(sets: int, regime: str, *, permuted: bool, seed: int = 0) -> int:
    """Number of sets in which anything is said to be added."""
    return sum("adds" in verdicts(seed + number, regime, permuted=permuted) for number in range(sets))


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=20)
    options = parser.parse_args()
    for regime in ("new-both", "new-structure"):
        for permuted in (True, False):
            what = "permuted" if permuted else "a tenth of the variance"
            print(
                f"{regime}, {what}: added in {share(options.sets, regime, permuted=permuted)} of {options.sets}",
                flush=True,
            )


if __name__ == "__main__":
    main()
