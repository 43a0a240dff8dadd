"""Factorised boosting beside XGBoost and LightGBM at size: R2 on rows held out, processor seconds, rounds.

    python tests/scale/factorised.py --law physics --volumes 3000 --regime new-structure

Each model fits as in a comparison, on one thread, on one training fold of a complete crossing with 135 descriptors, 15 scalars and the
physics features of this package. Two laws are known: ``products`` is that of ``tests/strength/law.py``, which no physics feature
enters; ``physics`` is made of three physics features, one of them with a threshold, so that learning it without them must cost.
``--rounds`` boosts that many rounds on the whole fold without choosing their number.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "strength"))
import law

from poregrove.features.physics import quantities
from poregrove.models import registry
from poregrove.models.base import FitContext, Model, Rows, TrainingData
from poregrove.pipelines.execution import console
from poregrove.pipelines.splits.nested import nested_folds
from poregrove.pipelines.splits.splits import Fold, split
from poregrove.pipelines.tables.feature_sets import JoinedQuantities

IRRELEVANT = 131
"""Descriptors beside the four of the law."""
MODELS = "factorised-boosting,lightgbm,xgboost"


def main() -> int:
    """Fit each model and say what it took and what it scores."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--law", choices=("products", "physics"), default="products")
    parser.add_argument("--volumes", type=int, default=15_000)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--regime", choices=("new-both", "new-structure"), default="new-both")
    parser.add_argument("--models", default=MODELS, help="names, with commas")
    parser.add_argument("--without-physics", action="store_true", help="leave the physics features out of the columns")
    parser.add_argument("--rounds", type=int, help="rounds of boosting, not chosen")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows, y = drawn(options.law, options.volumes, options.designs, options.seed)
    if options.without_physics:
        rows = replace(rows, joined=None, columns=replace(rows.columns, joined=()))
    fold = next(iter(split(options.regime, rows.volume, rows.design, repeats=1, seed=options.seed)))
    settings = {} if options.rounds is None else {"choose": False, "rounds_unvalidated": options.rounds}
    columns = len(rows.columns.names)
    console.say(
        f"{options.law}, {options.regime}: {len(fold.train)} rows to fit on, {len(fold.test)} to test, {columns} columns"
    )
    with console.speaking():
        for name in options.models.split(","):
            _warm(name, rows.take(fold.train[:500]), y[fold.train[:500]])
            console.say(_measured(registry.create(name, **settings), rows, y, fold, options))
    return 0


def drawn(name: str, volumes: int, designs: int, seed: int) -> tuple[Rows, np.ndarray]:
    """A crossing with physics features, and its target with noise of a tenth of the law's spread."""
    law.IRRELEVANT = IRRELEVANT
    crossing = law.crossing(volumes, designs, seed)
    rows = _with_physics(crossing.rows)
    if name == "products":
        return rows, crossing.y
    chosen = ("active_area_positive", "electrolyte_diffusion_time_positive", "electrolyte_limiting_flux_positive")
    area, diffusion, flux = (np.log(rows.column(column).astype(np.float64)) for column in chosen)
    area, diffusion, flux = ((part - part.mean()) / part.std() for part in (area, diffusion, flux))
    value = area + np.maximum(0.0, diffusion - 0.3) - 0.5 * area * flux + 0.3 * flux
    noise = np.random.default_rng(seed + 1).normal(0, law.NOISE, len(value))
    return rows, (value - value.mean()) / value.std() + noise


def _with_physics(rows: Rows) -> Rows:
    by_volume = pd.DataFrame(rows.descriptors.astype(np.float64), columns=list(rows.columns.descriptors))
    by_design = pd.DataFrame(rows.designs.astype(np.float64), columns=list(rows.columns.designs))
    known = {*rows.columns.names}
    possible = tuple(
        item for item in quantities("positive") if known.issuperset(item.needs.values()) and not item.in_metres
    )
    joined = JoinedQuantities.over(possible, by_volume, by_design)
    return replace(rows, joined=joined, columns=replace(rows.columns, joined=joined.columns))


def _warm(name: str, rows: Rows, y: np.ndarray) -> None:
    """Load the library, or compile the kernels, which a comparison does once."""
    model = registry.create(name, choose=False, rounds_unvalidated=2)
    model.fit(TrainingData(rows, y.astype(np.float32)), None, FitContext()).predict(rows)


def _measured(model: Model, rows: Rows, y: np.ndarray, fold: Fold, options: argparse.Namespace) -> str:
    train, test = (replace(rows.take(part), _prepared={}) for part in (fold.train, fold.test))
    cut = nested_folds(options.regime, train.volume, train.design, folds=3, share=0.2, seed=options.seed)
    data = TrainingData(train, y[fold.train].astype(np.float32))
    began = time.process_time()
    fitted = model.fit(data, None, FitContext(seed=options.seed, nested=cut))
    learned = time.process_time()
    answer = fitted.predict(test).y
    predicted = time.process_time()
    true = y[fold.test]
    r2 = 1 - ((true - answer) ** 2).sum() / ((true - true.mean()) ** 2).sum()
    return (
        f"{model.info.name}: R2 {r2:.4f}, fit {learned - began:.1f} s, prediction {predicted - learned:.1f} s, "
        f"{fitted.rounds} rounds"  # type: ignore[attr-defined]  # boosters alone are measured
    )


if __name__ == "__main__":
    sys.exit(main())
