"""Strength of the models: R2, skill and processor seconds on three sets, written to ``docs/strength.md``.

    python tests/strength/run.py --out runs/strength

The shipped sample under ``new-both`` with the folds dealt five times and under ``new-structure``; the reference set
(where ``POREGROVE_REFERENCE`` names its folder) under ``new-structure``; and a synthetic crossing of known law with 67 training
designs. Every model fits as in a comparison, on scalars, descriptors and physics features. Results are kept in the
folder as they come, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from law import crossing

from poregrove.features import descriptors
from poregrove.models import registry
from poregrove.models.base import FitContext, Rows, TrainingData
from poregrove.pipelines.compare import run as compare
from poregrove.pipelines.execution import console
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.pipelines.simulate.sample import sample_folder
from poregrove.pipelines.splits.nested import nested_folds
from poregrove.pipelines.splits.splits import split
from poregrove.pipelines.tables.feature_sets import feature_rows, sources
from poregrove.pipelines.tables.run_tables import load_data
from poregrove.pipelines.training.fit import FitProcedure, FitRows, fold_seed, known, learned
from poregrove.pipelines.training.job_folds import regime_split
from poregrove.pipelines.training.request import Request
from poregrove.schema import TARGETS

FEATURES = "scalars+morphology+transport+physics"
CELL_TARGETS = tuple(target.name for target in TARGETS if not target.volume_only)
SHORT = dict(zip(CELL_TARGETS, ("life", "fade", "DCIR", "retention", "capacity", "voltage"), strict=True))
DOCS = Path(__file__).resolve().parents[2] / "docs" / "strength.md"


@dataclass(frozen=True)
class Entry:
    """A model with settings over its defaults, under a name of its own."""

    name: str
    model: str
    settings: Mapping[str, Any]


DEFAULT = tuple(
    Entry(info.name, info.name, {})
    for info in registry.available()
    if info.default
    and info.kind in ("linear", "other", "booster", "ensemble")
    and FEATURES in info.feature_sets
    and not info.requires_seen_ids
    and not info.censoring
)
BEFORE = tuple(Entry(name, name, {}) for name in ("xgboost-plain", "lightgbm-plain"))
FACTORISED = (Entry("factorised-boosting", "factorised-boosting", {}),)
FOUR_DESIGNS = (
    Entry(
        "xgboost, leaf of 4 designs, depth 6, 100 rounds",
        "xgboost",
        {"choose": False, "learning_rate": 0.1, "max_depth": 6, "column_share": 1.0, "rounds_unvalidated": 100},
    ),
)


@dataclass(frozen=True)
class Table:
    """One table of the page."""

    title: str
    data: str
    regime: str
    deals: int
    entries: tuple[Entry, ...]
    folds: tuple[int, ...] = ()
    """Numbers of the folds that count; none: all."""
    targets: tuple[str, ...] = CELL_TARGETS

    @property
    def key(self) -> str:
        """First part of the names of its files."""
        return f"{self.data} {self.regime}{' three folds' if self.folds else ''}"


BESIDE_AUTOML = tuple(
    Entry(name, name, {}) for name in ("xgboost", "lightgbm", "elastic-net", "gaussian-process", "blend")
)
THREE = ("projected_cycle_life", "initial_dcir", "mean_discharge_voltage")
DIAGONAL = {"new-both": (0, 4, 8), "new-structure": (0, 1, 2)}
"""Folds on which ``automl.py`` measures; of ``new-both`` those that test every group once."""

TABLES = (
    Table("Synthetic law, new-both, 67 training designs", "law", "new-both", 3, (*DEFAULT, *BEFORE, *FACTORISED)),
    Table("Sample, new-both", "sample", "new-both", 5, (*DEFAULT, *BEFORE, *FACTORISED, *FOUR_DESIGNS)),
    Table("Reference set, new-structure", "reference", "new-structure", 1, (*DEFAULT, *BEFORE, *FACTORISED)),
    Table("Sample, new-structure", "sample", "new-structure", 1, (*DEFAULT, *BEFORE, *FACTORISED)),
    *(
        Table(
            f"Beside AutoGluon: {title}, {regime}, three folds", data, regime, 1, BESIDE_AUTOML, DIAGONAL[regime], THREE
        )
        for data, title in (("sample", "sample"), ("reference", "reference set"))
        for regime in ("new-both", "new-structure")
    ),
)
Scores = dict[str, float]


def main() -> int:
    """Measure what is not measured yet, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/strength"))
    parser.add_argument("--tables", type=int, nargs="*", help="numbers of tables, from 0; none: all")
    parser.add_argument("--deals", type=int, help="deals of the folds; none: as each table says")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with console.speaking():
        for number, table in enumerate(TABLES):
            if options.tables is None or number in options.tables:
                _measure(table, options.deals or table.deals, options.out)
        _write(options.out)
    return 0


def _measure(table: Table, deals: int, out: Path) -> None:
    if table.data == "reference" and not os.environ.get("POREGROVE_REFERENCE"):
        console.say(f"{table.title}: POREGROVE_REFERENCE is not set, left out")
        return
    measured = _law if table.data == "law" else _compared
    for entry in table.entries:
        for deal in range(deals):
            if table.data == "law" and registry.create(entry.model).info.columns:
                continue  # it needs descriptors that the law has not
            file = out / f"{table.key} {entry.name} {deal}.json"
            if not file.exists():
                file.write_text(json.dumps(measured(table, entry, deal, out)), encoding="utf-8")
                console.say(f"{file.stem}: {file.read_text(encoding='utf-8')}")


def _compared(table: Table, entry: Entry, deal: int, out: Path) -> Scores:
    """R2 and skill of every cell target over all out-of-fold rows of one deal, and the processor seconds."""
    folder = tables_of(table.data, out)
    data, settings = load_data(folder), ComparisonSettings(folds=3, repeats=deal + 1)
    rows = feature_rows(FEATURES, data.cells, data, sources(settings, tiers(), metres=False))
    if table.folds:
        _write_columns(out / f"{table.data}.columns.parquet", rows, data.cells.row)
    procedure = FitProcedure(registry.create(entry.model, **entry.settings), data.cells, table.regime, settings)
    squared: dict[str, list[np.ndarray]] = {}
    seconds = 0.0
    for fold in (fold for fold in regime_split(table.regime, data.cells, data, settings) if fold.repeat == deal):
        if table.folds and fold.fold not in table.folds:
            continue
        seed = fold_seed(settings.seed, fold)
        shared: dict[bytes, FitRows] = {}
        for target in table.targets:
            mask = known(data.cells, target)
            test = fold.test[mask[fold.test]]
            if not len(test):
                continue
            parts = [part[mask[part]] for part in procedure.split(fold.train, seed)]
            if mask.tobytes() not in shared:
                shared[mask.tobytes()] = FitRows.taken(rows, *parts)
            began = time.process_time()
            answer = procedure.fit(shared[mask.tobytes()], target, seed).predict(rows.take(test)).y
            seconds += time.process_time() - began
            y, trained = learned(data.cells, target), np.concatenate(parts)
            trivial = _trivial(table.regime, data.cells, y, trained, test)
            squared.setdefault(target, []).append(np.stack([y[test], answer.astype(np.float64), *trivial]))
    found: Scores = {"seconds": seconds / max(1, len(squared))}
    for target, parts in squared.items():
        y, answer, *trivial = np.concatenate(parts, axis=1)
        error = ((y - answer) ** 2).sum()
        found[SHORT[target]] = float(1 - error / ((y - y.mean()) ** 2).sum())
        found[f"skill {SHORT[target]}"] = float(1 - error / min(((y - other) ** 2).sum() for other in trivial))
    return found


def _trivial(regime: str, table: Any, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> Iterator[np.ndarray]:
    """The mean, and the mean by design where designs are seen."""
    mean = y[train].mean()
    yield np.full(len(test), mean)
    if regime == "new-structure":
        means = {design: y[train][table.design[train] == design].mean() for design in np.unique(table.design[train])}
        yield np.array([means.get(design, mean) for design in table.design[test]])


def _law(table: Table, entry: Entry, deal: int, out: Path) -> Scores:  # noqa: ARG001  nothing to keep
    """R2 on the first block of one draw: 100 volumes x 67 designs to fit on, 50 x 33 to test."""
    drawn = crossing(150, 100, seed=deal)
    rows = drawn.rows
    fold = next(iter(split(table.regime, rows.volume, rows.design, repeats=1, seed=deal)))
    train = rows.take(fold.train)
    model = registry.create(entry.model, **entry.settings)
    cut = nested_folds(table.regime, train.volume, train.design, folds=3, share=0.2, seed=deal)
    fit, valid = (cut.whole.fit, cut.whole.valid) if model.info.early_stopping_rows else (np.arange(len(train)), None)
    data = TrainingData(train, drawn.y[fold.train].astype(np.float32))
    began = time.process_time()
    rest = data.take(cut.whole.rest) if valid is not None and len(cut.whole.rest) else None
    context = FitContext(seed=deal, nested=cut if model.info.nested_folds else None, rest=rest)
    fitted = model.fit(data.take(fit), None if valid is None else data.take(valid), context)
    y, answer = drawn.y[fold.test], fitted.predict(rows.take(fold.test)).y
    seconds = time.process_time() - began
    return {"seconds": seconds, "R2": float(1 - ((y - answer) ** 2).sum() / ((y - y.mean()) ** 2).sum())}


def _write_columns(path: Path, rows: Rows, keys: np.ndarray) -> None:
    """The joined matrix with the key of each row, for models that are fitted elsewhere."""
    frame = pd.DataFrame(rows.matrix(), columns=list(rows.columns.names))
    frame.assign(row=keys).to_parquet(path)


def tables_of(data: str, out: Path) -> Path:
    """The run folder with the tables of a set, made by a comparison of nothing but the mean."""
    folder = out / data
    if not (folder / "groups.parquet").exists():
        comparison = ComparisonSettings(
            models=("mean",), feature_sets=("none",), regimes=("new-both",), folds=3, repeats=1
        )
        study = StudySettings(importance=False, ablation=False, learning_curves=False, costs=False)
        source = sample_folder() if data == "sample" else Path(os.environ["POREGROVE_REFERENCE"]) / "reference"
        compare(Request(data=source, out=folder, settings=Settings(comparison=comparison, study=study), device="cpu"))
    return folder


def tiers() -> dict[str, str]:
    """Tier of each descriptor."""
    return {info.name: info.tier for info in descriptors()}


def _write(out: Path) -> None:
    """The page, from what is measured by now."""
    text = [_HEAD]
    for table in TABLES:
        lines = _lines(table, out)
        if lines:
            text += [f"## {table.title}", "", *lines, ""]
    DOCS.write_text("\n".join([*text, _TAIL]), encoding="utf-8")
    console.say(f"wrote {DOCS}")


def _lines(table: Table, out: Path) -> list[str]:
    names = ("R2",) if table.data == "law" else tuple(SHORT[target] for target in table.targets)
    body = []
    entered = [entry.name for entry in table.entries]
    if table.folds:
        entered += sorted({file.stem[len(table.key) + 1 : -2] for file in out.glob(f"{table.key} AutoGluon*.json")})
    for name in entered:
        files = sorted(out.glob(f"{table.key} {name} [0-9].json"))
        if not files:
            continue
        found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        mean = {part: float(np.mean([one[part] for one in found if part in one])) for part in found[0]}
        scored = [part for part in names if part in mean]
        over = [float(np.mean([one[part] for part in scored])) for one in found]
        cells = [f"{mean[part]:.2f}" if part in mean else "" for part in names]
        skill = [mean[f"skill {part}"] for part in scored if f"skill {part}" in mean]
        spread = f"{min(over):.3f} to {max(over):.3f}" if len(over) > 1 else ""
        last = [f"**{np.mean(over):.3f}**", spread, f"{np.mean(skill):.2f}" if skill else "", f"{mean['seconds']:.1f}"]
        body.append((float(np.mean(over)), f"| {name} | " + " | ".join([*cells, *last]) + f" | {len(files)} |"))
    if not body:
        return []
    head = ["model", *names, "mean R2", "over deals", "mean skill", "CPU s a target and deal", "deals"]
    rows = [line for _, line in sorted(body)]
    return ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|", *rows]


_HEAD = """# How strong the models are

Written by `make strength` (`tests/strength/run.py`), one thread. R2 over all out-of-fold rows, the mean over deals of the folds;
skill against the mean of training, and under new-structure against the better of it and the mean by design. The inputs
are scalars, morphology, transport and physics features. Settings are the defaults of each model; `-plain` are the boosters
whose leaves count rows of a volume and not designs.

With 36 designs (sample) or 13 (reference set) differences of some hundredths decide nothing; see the intervals of a report.
The synthetic law is polynomial in logarithms with one threshold, which is kind to products and to smooth models.
"""

_TAIL = """## About AutoGluon

AutoGluon 1.6.3 (LightGBM 4.7.0, XGBoost 3.2.0, CatBoost 1.2.10, scikit-learn 1.9.1; `tests/strength/automl.py`) had the same rows, columns and
folds, bags that hold out whole designs (new-both) or volumes (new-structure), and all learners whose packages were installed. The limit
is wall time, as AutoGluon has it, and the machine was busy: of 60 s a fold and target it got the processor for 7 to 31 s (the column
has the CPU seconds of three folds), so this is not its best. Its scores are of one run.

## Which members the blend has

`tests/strength/members.py` asks the nested folds of training rows alone, on five draws of the law that no table uses and on the
six cell targets of the sample (three training folds of new-both): squared error of the plain mean, relative to the four members that
the blend had, with the rule that drops a member of more than twice the best one's error.

| members | law | sample |
|---|--:|--:|
| elastic net, Gaussian process, XGBoost, LightGBM | 1 | 1 |
| and the quadratic ridge | 0.93 | 0.93 |
| and LightGBM with linear leaves | 0.98 | 0.98 |
| and both | 0.93 | 0.92 |
| the first two alone | 1.00 | 1.16 |

So the quadratic ridge became a member. On five further draws of the law (seeds 200 to 204) the blend then has .942 in the mean (.926 to .957),
the four members of before .933, the quadratic ridge alone .942, the Gaussian process .938: better than before, but not the .95 that was aimed at,
which no model reaches on these draws. A stricter rule (1.5 instead of 2 times) would gain .04 on the sample and nothing on the law; since the
same errors choose the members and judge the rule, that flatters it, and the rule stays.
"""

if __name__ == "__main__":
    raise SystemExit(main())
