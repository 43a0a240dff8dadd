"""Leak probes: targets that can be predicted only where the folds let ids through, on the real fold machinery.

A tree grown to its leaves remembers every volume and every design that it is shown. Given one normal
draw a volume as the target it must score high where test volumes were seen in training, or the probe
itself is dead, and nothing where they were not, or the folds leak.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ...errors import ModelError
from ...models.base import FitContext, Fitted, Model, ModelInfo, Prediction, Rows, TrainingData
from ...schema import ALL_TARGETS, MAIN_REGIMES, ROWS, SCALAR_COLUMNS
from ..settings import ComparisonSettings
from ..tables.arrays import LIFE
from .context import RunContext
from .job import Job
from .predictions import read_predictions
from .run import run_comparison

SEEN_SCORE, LUCK, LUCKY_SHARE = 0.9, 0.2, 0.1
"""Seen: R2 above the first. Unseen: median at most 0, and at most this share of draws above the second."""
_FEATURES = "scalars+morphology"
_TARGETS = tuple(item.name for item in ALL_TARGETS if not item.volume_only and item.name != LIFE)
"""Each of these carries a draw of its own; a life is clipped to what a life can be, so it cannot."""


@dataclass(frozen=True)
class Probe:
    """A target made of one draw a volume or a design, and what a model may look at."""

    name: str
    of: str
    """``volume`` or ``design``."""
    ids_only: bool
    """The only feature is the id, randomly relabelled; else many random columns."""

    def seen_in(self, regime: str) -> bool:
        """Whether training has seen the ids on which the target depends."""
        return regime in ("random", "new-design" if self.of == "volume" else "new-structure")


PROBES = (
    Probe("one draw a volume", "volume", ids_only=False),
    Probe("one draw a design", "design", ids_only=False),
    Probe("relabelled volume ids", "volume", ids_only=True),
    Probe("relabelled design ids", "design", ids_only=True),
)


@dataclass(frozen=True)
class ProbeResult:
    """R2 of every draw of a probe under a regime."""

    probe: str
    regime: str
    seen: bool
    scores: tuple[float, ...]

    @property
    def passed(self) -> bool:
        """Whether R2 is high where the probe must fire, and elsewhere no better than the mean but for chance."""
        scores = np.array(self.scores)
        if self.seen:
            return bool(scores.min() > SEEN_SCORE)
        return bool(np.median(scores) <= 0 and (scores > LUCK).mean() <= LUCKY_SHARE)


def self_check(
    *, draws: int = 20, n_volumes: int = 60, n_designs: int = 30, rows_per_volume: int | None = None, seed: int = 0
) -> tuple[ProbeResult, ...]:
    """Run every probe under the four main regimes; ``rows_per_volume`` makes the crossing incomplete."""
    scores: dict[tuple[Probe, str], list[float]] = {(probe, regime): [] for probe in PROBES for regime in MAIN_REGIMES}
    for start in range(0, draws, len(_TARGETS)):
        for number, probe in enumerate(PROBES):
            rng = np.random.default_rng([seed, start, number])
            rows, features = _tables(probe, n_volumes, n_designs, rows_per_volume, rng)
            targets = _TARGETS[: draws - start]
            for (regime, target), score in _scores(rows, features, targets, seed + start).items():
                if target in targets:
                    scores[probe, regime].append(score)
    return tuple(
        ProbeResult(probe.name, regime, probe.seen_in(regime), tuple(values))
        for (probe, regime), values in scores.items()
    )


def _tables(
    probe: Probe, n_volumes: int, n_designs: int, rows_per_volume: int | None, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    crossed = [rng.permutation(n_designs)[: rows_per_volume or n_designs] for _ in range(n_volumes)]
    volume = np.repeat(np.arange(n_volumes), [len(designs) for designs in crossed])
    design = np.concatenate(crossed)
    columns: dict[str, Any] = dict.fromkeys(ROWS.names)
    columns |= {"row": np.arange(len(volume), dtype=np.int32), "sample_id": volume, "param_id": design}
    columns["volume_digest"] = [f"volume {number}" for number in volume]
    columns["design_digest"] = [f"design {number}" for number in design]
    scalars = _columns(len(SCALAR_COLUMNS), n_designs, ids_only=probe.ids_only, wanted=probe.of == "design", rng=rng)
    columns |= {name: values[design] for name, values in zip(SCALAR_COLUMNS, scalars, strict=True)}
    columns |= {target.name: np.nan for target in ALL_TARGETS} | {"last_cycle": np.nan}
    for target in _TARGETS:
        groups, size = (volume, n_volumes) if probe.of == "volume" else (design, n_designs)
        columns[target] = rng.normal(size=size)[groups]
    descriptors = _columns(10, n_volumes, ids_only=probe.ids_only, wanted=probe.of == "volume", rng=rng)
    features: dict[str, Any] = {"volume_digest": [f"volume {number}" for number in range(n_volumes)], "status": "ok"}
    features |= {f"descriptor_{number}": values for number, values in enumerate(descriptors)}
    return pd.DataFrame(columns), pd.DataFrame(features)


def _columns(
    count: int, size: int, *, ids_only: bool, wanted: bool, rng: np.random.Generator
) -> list[np.ndarray[Any, Any]]:
    """``count`` columns over ``size`` ids: random numbers, or relabelled ids first and constants after."""
    if not ids_only:
        return list(rng.normal(size=(count, size)))
    ids = rng.permutation(size).astype(float) if wanted else np.zeros(size)
    return [ids, *np.zeros((count - 1, size))]


def _scores(
    rows: pd.DataFrame, features: pd.DataFrame, targets: tuple[str, ...], seed: int
) -> Mapping[tuple[str, str], float]:
    """R2 over all out-of-fold rows by (regime, target)."""
    settings = ComparisonSettings(
        targets=targets, tiers=("morphology",), feature_sets=(_FEATURES,), repeats=1, seed=seed
    )
    tiers = {name: "morphology" for name in features.columns if name.startswith("descriptor")}
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        context = RunContext(Path(folder), settings, _MemoryOnly(), tiers=tiers, equal_size=False)
        run_comparison(context, rows, features)
        for regime in MAIN_REGIMES:
            for target in targets:
                found = read_predictions(Job(target, Memory.info.name, _FEATURES, regime).file(Path(folder)))
                truth = rows[target].to_numpy(np.float64)[found["row"]]
                error = ((found["y_pred"] - truth) ** 2).sum()
                scores[regime, target] = float(1 - error / ((truth - truth.mean()) ** 2).sum())
    return scores


@dataclass(frozen=True, eq=False)
class _Remembered:
    tree: Any

    def predict(self, rows: Rows) -> Prediction:
        return Prediction(self.tree.predict(rows.matrix()).astype(np.float32))

    def save(self, folder: Path) -> None:
        raise ModelError(f"a probe is no model to keep in {folder}")

    @classmethod
    def load(cls, folder: Path) -> _Remembered:
        raise ModelError(f"a probe is no model to load from {folder}")


class Memory:
    """A regression tree grown to its leaves."""

    info: ClassVar[ModelInfo] = ModelInfo("memory", "memory", "booster", "a tree grown to its leaves", (_FEATURES,))
    fitted: ClassVar[type[Fitted]] = _Remembered

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> _Remembered:  # noqa: ARG002
        """Grow the tree."""
        from sklearn.tree import DecisionTreeRegressor

        return _Remembered(DecisionTreeRegressor(random_state=context.seed).fit(train.rows.matrix(), train.y))


@dataclass(frozen=True)
class _MemoryOnly:
    def available(self) -> tuple[ModelInfo, ...]:
        return (Memory.info,)

    def create(self, name: str) -> Model:
        del name
        return Memory()
