"""Probes of what the image adds, on the real machinery: nothing where images are permuted, something where it is there.

The target of the probes follows a diffusion time of the scalars alone, which physics features hold and raw scalars do
not. So a comparison of sets that are unlike but for the image finds a gain even where the images were permuted among the
volumes, which they are in the first probe. In the second a tenth of the target's variance is the image's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ...array_types import Float64
from ...errors import ModelError, RunError
from ...models.base import FitContext, Fitted, Model, ModelInfo, Prediction, Rows, TrainingData
from ...schema import ALL_TARGETS, REGIME_BY_NAME, ROWS, SCALARS
from ..settings import ComparisonSettings
from ..tables.arrays import LIFE
from ..tables.run_tables import load_data
from ..training.context import RunContext
from ..training.run import run_comparison
from .bootstrap import Draws
from .image_adds import additions, image_rows
from .losses import panel, prediction_files, scored_rows

DRAWS, VOLUMES, DESIGNS = 20, 60, 72
MOST_OF_NOTHING, LEAST_OF_A_TENTH = 0.15, 0.85
"""Shares of the draws in which something may be found where the images were permuted, and must be where they were not."""
SETS = ("scalars+physics", "scalars+morphology+transport+physics")
_REGIMES = ("new-structure", "new-both")
_TARGETS = tuple(item.name for item in ALL_TARGETS if not item.volume_only and item.name != LIFE)
_TEXTURES = 4
"""Descriptors that say nothing in any probe."""
_BOOTSTRAP = 1_000
_PENALTY = 0.05
"""Penalty of the probe's ridge on standardised columns, as a share of the rows."""


@dataclass(frozen=True)
class ImageOutcome:
    """Number of draws in which something is said to be added."""

    permuted: bool
    regime: str
    draws: int
    added: int

    @property
    def passed(self) -> bool:
        """Whether that is rare where there is nothing, and usual where there is something."""
        if self.permuted:
            return self.added <= MOST_OF_NOTHING * self.draws
        return self.added >= LEAST_OF_A_TENTH * self.draws

    @property
    def probe(self) -> str:
        """The probe in words."""
        return "permuted images" if self.permuted else "a tenth of the variance from images"

    def as_dict(self) -> dict[str, Any]:
        """Plain values: probe, regime, draws, added, passed."""
        return {
            "probe": self.probe,
            "regime": self.regime,
            "draws": self.draws,
            "added": self.added,
            "passed": self.passed,
        }


def check_image(
    *, draws: int = DRAWS, n_volumes: int = VOLUMES, n_designs: int = DESIGNS, seed: int = 0
) -> tuple[ImageOutcome, ...]:
    """Both probes for unseen volumes, with seen and with unseen designs."""
    outcomes = []
    for permuted in (True, False):
        added = dict.fromkeys(_REGIMES, 0)
        for start in range(0, draws, len(_TARGETS)):
            rng = np.random.default_rng([seed, start, permuted])
            rows, features = _tables(n_volumes, n_designs, rng, permuted=permuted)
            for regime, verdicts in _verdicts(rows, features, _TARGETS[: draws - start], seed + start):
                added[regime] += "adds" in verdicts
        outcomes += [ImageOutcome(permuted, regime, draws, count) for regime, count in added.items()]
    return tuple(outcomes)


def refuse_false_gains(outcomes: Sequence[ImageOutcome]) -> None:
    """RunError naming the probes that failed, if any did."""
    failed = [item for item in outcomes if not item.passed]
    if failed:
        named = "; ".join(f"{item.probe}, {item.regime} (added in {item.added} of {item.draws})" for item in failed)
        raise RunError(f"what the image adds cannot be trusted: {named}")


def image_lines(outcomes: Sequence[ImageOutcome]) -> str:
    """The results for a terminal, and the rule they are held to."""
    head = ("what the image adds", "regime", "added in", "")
    lines = [
        head,
        *(
            (
                item.probe,
                f"{REGIME_BY_NAME[item.regime].label} {item.regime}",
                f"{item.added} of {item.draws}",
                "passed" if item.passed else "FAILED",
            )
            for item in outcomes
        ),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    rule = f"Permuted: at most {MOST_OF_NOTHING:.0%} of the draws. A tenth of the variance: at least {LEAST_OF_A_TENTH:.0%}."
    return "\n".join([*shown, "", rule])


def _tables(
    n_volumes: int, n_designs: int, rng: np.random.Generator, *, permuted: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    volume, design = np.repeat(np.arange(n_volumes), n_designs), np.tile(np.arange(n_designs), n_volumes)
    columns: dict[str, Any] = dict.fromkeys(ROWS.names)
    columns |= {"row": np.arange(len(volume), dtype=np.int32), "sample_id": volume, "param_id": design}
    columns["volume_digest"] = [f"volume {number}" for number in volume]
    columns["design_digest"] = [f"design {number}" for number in design]
    scalars = {scalar.name: np.exp(rng.normal(0.0, 0.4, n_designs)) for scalar in SCALARS}
    columns |= {scalar.column: scalars[scalar.name][design] for scalar in SCALARS}
    columns |= {target.name: np.nan for target in ALL_TARGETS} | {"last_cycle": np.nan}
    porosity = rng.uniform(0.3, 0.6, n_volumes)
    features: dict[str, Any] = {"volume_digest": [f"volume {number}" for number in range(n_volumes)], "status": "ok"}
    features |= {"porosity": porosity, "relative_diffusivity_z": porosity**1.5}
    features |= {f"texture_{number}": rng.normal(size=n_volumes) for number in range(_TEXTURES)}
    of_design = _unit(scalars["negative_thickness"] ** 2 / scalars["electrolyte_diffusivity"])
    for target in _TARGETS:
        order = rng.permutation(n_volumes) if permuted else np.arange(n_volumes)
        parts = (
            (0.6, of_design[design]),
            (0.1, rng.normal(size=n_designs)[design]),
            (0.1, _unit(porosity)[order][volume]),
            (0.05, rng.normal(size=n_volumes)[volume]),
            (0.15, rng.normal(size=len(volume))),
        )
        columns[target] = sum(share**0.5 * part for share, part in parts)
    return pd.DataFrame(columns), pd.DataFrame(features)


def _unit(values: Float64) -> Float64:
    scaled: Float64 = (values - values.mean()) / values.std()
    return scaled


def _verdicts(
    rows: pd.DataFrame, features: pd.DataFrame, targets: tuple[str, ...], seed: int
) -> Iterator[tuple[str, set[str]]]:
    """The regime and the verdicts of each target by itself."""
    settings = ComparisonSettings(targets=targets, feature_sets=SETS, regimes=_REGIMES, repeats=1, seed=seed)
    tiers = {name: "morphology" for name in features.columns if name.startswith("texture")}
    tiers |= {"porosity": "morphology", "relative_diffusivity_z": "transport"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run_comparison(RunContext(place, settings, _RidgeOnly(), tiers=tiers, equal_size=False), rows, features)
        data = load_data(place)
        draws = Draws(_BOOTSTRAP, int(data.cells.volume_group.max()) + 1, int(data.cells.design_group.max()) + 1, seed)
        jobs = prediction_files(place)
        for target in targets:
            truth = scored_rows(target, data)
            for regime in _REGIMES:
                own = tuple(job for job in jobs if (job.target, job.regime) == (target, regime))
                found = panel(place, own, truth, data.contract.target(target).scale, draws)
                told = image_rows([additions(found, tuple(found.models))], seed)
                yield regime, {row["verdict"] for row in told}


@dataclass(frozen=True, eq=False)
class _FittedRidge:
    centre: Float64
    spread: Float64
    weight: Float64
    mean: float

    def predict(self, rows: Rows) -> Prediction:
        x = (rows.matrix().astype(np.float64) - self.centre) / self.spread
        return Prediction((self.mean + x @ self.weight).astype(np.float32))

    def save(self, folder: Path) -> None:
        raise ModelError(f"a probe is no model to keep in {folder}")

    @classmethod
    def load(cls, folder: Path) -> _FittedRidge:
        raise ModelError(f"a probe is no model to load from {folder}")


class ProbeRidge:
    """A ridge on standardised columns, without logarithms: products of scalars are news to it."""

    info: ClassVar[ModelInfo] = ModelInfo("probe-ridge", "ridge", "linear", "a ridge on standardised columns", SETS)
    fitted: ClassVar[type[Fitted]] = _FittedRidge

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> _FittedRidge:  # noqa: ARG002
        """Solve for the weights."""
        x, y = train.rows.matrix().astype(np.float64), train.y.astype(np.float64)
        centre, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-12)
        x = (x - centre) / spread
        penalty = _PENALTY * len(x) * np.eye(x.shape[1])
        weight = np.linalg.solve(x.T @ x + penalty, x.T @ (y - y.mean()))
        return _FittedRidge(centre, spread, weight, float(y.mean()))


@dataclass(frozen=True)
class _RidgeOnly:
    def available(self) -> tuple[ModelInfo, ...]:
        return (ProbeRidge.info,)

    def create(self, name: str) -> Model:
        del name
        return ProbeRidge()
