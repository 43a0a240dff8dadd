"""AutoGluon on the folds and columns of the other models, for ``docs/strength.md``; it needs an environment of its own.

    python -m venv automl && automl/bin/pip install 'autogluon.tabular[lightgbm,xgboost,catboost]' pyarrow
    python tests/strength/run.py --out runs/strength --tables 4 5 6 7
    poregrove folds DATA --out FOLDS --folds 3 --repeats 1
    automl/bin/python tests/strength/automl.py --folds FOLDS --columns runs/strength/sample.columns.parquet \
        --data sample --out runs/strength

Three targets on three folds of ``new-both`` (the diagonal, so that every group is tested once) and of ``new-structure``. Its
bags hold out whole designs where test rows are of new designs, else whole volumes. Everything but the time limit is
AutoGluon's own choice: all learners that are installed, and a weighted ensemble of them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from autogluon.tabular import TabularPredictor

FOLDS = {"new-both": (0, 4, 8), "new-structure": (0, 1, 2)}
"""Numbers of the folds by regime, as in ``run.py``."""
TARGETS = {"projected_cycle_life": "life", "initial_dcir": "DCIR", "mean_discharge_voltage": "voltage"}
GROUPS = {"new-both": "param_id", "new-structure": "volume_digest"}
"""The column whose values no bag shares with what it was fitted on."""
BAGS = 5


def main() -> int:
    """Fit every fold and target, and keep the scores beside those of the other models."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folds", type=Path, required=True, help="folder that poregrove folds wrote")
    parser.add_argument("--columns", type=Path, required=True, help="table of row and columns that run.py wrote")
    parser.add_argument("--data", choices=("sample", "reference"), required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the scores")
    parser.add_argument("--seconds", type=int, default=60, help="time limit of a fold and target")
    options = parser.parse_args()
    # A descriptor may have the name of a target, such as porosity.
    inputs = pd.read_parquet(options.columns).set_index("row").add_prefix("input ")
    rows = pd.read_parquet(options.folds / "rows.parquet").join(inputs, on="row", how="inner")
    folds, columns = pd.read_parquet(options.folds / "folds.parquet"), list(inputs.columns)
    for regime, numbers in FOLDS.items():
        scores: dict[str, float] = {}
        seconds = 0.0
        for target, short in TARGETS.items():
            answers = []
            for number in numbers:
                fold = folds[(folds["regime"] == regime) & (folds["fold"] == number) & (folds["repeat"] == 0)]
                train, test = (
                    rows[rows["row"].isin(fold.loc[fold["part"].isin(parts), "row"]) & rows[target].notna()]
                    for parts in (("train", "validation"), ("test",))
                )
                began = time.process_time()
                bag = _bags(train[GROUPS[regime]])
                y = _predicted(train[[*columns, target]].assign(bag=bag), test[columns], target, options.seconds)
                seconds += time.process_time() - began
                answers.append(np.stack([test[target].to_numpy(), y]))
            truth, y = np.concatenate(answers, axis=1)
            scores[short] = float(1 - ((truth - y) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
        name = f"AutoGluon {version('autogluon.tabular')}, {options.seconds} s a fold and target"
        found = {"seconds": seconds / len(TARGETS), **scores}
        file = options.out / f"{options.data} {regime} three folds {name} 0.json"
        file.write_text(json.dumps(found), encoding="utf-8")
    return 0


def _bags(group: pd.Series) -> pd.Series:
    """A bag for each row, the same for all of a group."""
    names = group.unique()
    return group.map(dict(zip(np.random.default_rng(0).permutation(names), np.arange(len(names)) % BAGS, strict=True)))


def _predicted(train: pd.DataFrame, test: pd.DataFrame, target: str, seconds: int) -> np.ndarray:
    """Predictions of the test rows by the ensemble that AutoGluon ends with."""
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(label=target, groups="bag", path=folder, problem_type="regression", verbosity=1)
        predictor.fit(
            train,
            time_limit=seconds,
            num_cpus=1,
            num_gpus=0,
            num_stack_levels=0,
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        )
        return predictor.predict(test).to_numpy(np.float64)


if __name__ == "__main__":
    raise SystemExit(main())
