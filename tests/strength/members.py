"""Which members a blend should have, by nested folds of training rows alone: no outer test row is looked at.

    python tests/strength/members.py --out runs/strength

For each set of members the squared error of their plain mean over the nested folds, relative to that of the first
four; on draws of the law that ``run.py`` does not use, and on the cell targets of the sample under new-both.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from law import crossing
from run import CELL_TARGETS, FEATURES, tables_of, tiers

from poregrove.models import registry
from poregrove.models.base import FitContext, TrainingData
from poregrove.models.blend import Blend
from poregrove.models.shared.nested_fits import NestedFits
from poregrove.pipelines.execution import console
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.splits.nested import nested_folds
from poregrove.pipelines.splits.splits import split
from poregrove.pipelines.tables.feature_sets import feature_rows, sources
from poregrove.pipelines.tables.run_tables import load_data
from poregrove.pipelines.training.fit import known, learned

FOUR = ("elastic-net", "gaussian-process", "xgboost", "lightgbm")
MORE = ("ridge-quadratic", "lightgbm-linear")
SETS = {
    "four": FOUR,
    "with ridge-quadratic": (*FOUR, "ridge-quadratic"),
    "with lightgbm-linear": (*FOUR, "lightgbm-linear"),
    "with both": (*FOUR, *MORE),
    "without boosters": ("elastic-net", "gaussian-process"),
}
WORST = (2.0, 1.5)
"""Times the best member's error above which a member is left out, as ``Blend.worst``; the two best always stay."""
FRESH = range(100, 105)
"""Seeds of the law that no table of strengths uses."""


def main() -> int:
    """Print one line for each set of members and data."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/strength"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with console.speaking():
        for name, cases in (("law", _law()), ("sample", _sample(options.out))):
            found = [_relative(*case) for case in cases]
            for key in found[0]:
                values = [one[key] for one in found]
                said = f"{key[0]}, at most {key[1]:g} times the best"
                console.say(f"{name}, {said}: {np.mean(values):.3f} ({min(values):.2f} to {max(values):.2f})")
    return 0


def _law() -> Iterator[tuple[TrainingData, FitContext]]:
    for seed in FRESH:
        drawn = crossing(150, 100, seed=seed)
        fold = next(iter(split("new-both", drawn.rows.volume, drawn.rows.design, repeats=1, seed=seed)))
        train = TrainingData(drawn.rows.take(fold.train), drawn.y[fold.train].astype(np.float32))
        yield train, _context(train, seed)


def _sample(out: Path) -> Iterator[tuple[TrainingData, FitContext]]:
    """Every cell target on the three folds of new-both that test each group once."""
    data = load_data(tables_of("sample", out))
    rows = feature_rows(FEATURES, data.cells, data, sources(ComparisonSettings(), tiers(), metres=False))
    for fold in split("new-both", data.cells.volume_group, data.cells.design_group, repeats=1, seed=1):
        for target in CELL_TARGETS if fold.fold in (0, 4, 8) else ():
            at = fold.train[known(data.cells, target)[fold.train]]
            train = TrainingData(rows.take(at), learned(data.cells, target)[at].astype(np.float32))
            yield train, _context(train, fold.fold)


def _context(train: TrainingData, seed: int) -> FitContext:
    cut = nested_folds("new-both", train.rows.volume, train.rows.design, folds=3, share=0.2, seed=seed)
    return FitContext(seed=seed, nested=cut)


def _relative(train: TrainingData, context: FitContext) -> dict[tuple[str, float], float]:
    """Error of each set of members and rule over that of the first four."""
    assert context.nested is not None
    fits, parts = NestedFits(train, context), []
    for fold in context.nested.folds:
        held = fits.part(fold.test)
        fitted = (fits.fit(_model(name), fold) for name in (*FOUR, *MORE))
        parts.append(np.stack([one.predict(held.rows).y.astype(np.float64) - held.y for one in fitted]))
    errors = dict(zip((*FOUR, *MORE), np.concatenate(parts, axis=1), strict=True))
    found = {(label, worst): _error(errors, names, worst) for worst in WORST for label, names in SETS.items()}
    return {key: value / found["four", Blend().worst] for key, value in found.items()}


def _error(errors: dict[str, np.ndarray], names: tuple[str, ...], worst: float) -> float:
    """Squared error of the mean of those members that stay."""
    least, second, *_ = sorted((errors[name] ** 2).sum() for name in names)
    kept = [errors[name] for name in names if (errors[name] ** 2).sum() <= max(worst * least, second)]
    return float((np.mean(kept, axis=0) ** 2).sum())


def _model(name: str):
    return registry.create(name, choose=False) if name in ("xgboost", "lightgbm") else registry.create(name)


if __name__ == "__main__":
    raise SystemExit(main())
