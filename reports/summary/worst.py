"""The rows that the best candidate of a target predicts worst, with the facts known of their volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..tables import Cell
from .context import Context, RegimeInfo, TargetInfo
from .estimate import number
from .gallery import Gallery, View
from .verdict import Candidate

N_WORST = 8


@dataclass(frozen=True)
class Miss:
    """One row: mean prediction over its repeats against what was observed; ``ratio`` is its error over the median one."""

    row: int
    sample: str
    design: str
    observed: float
    predicted: float
    lo: float
    hi: float
    ratio: float
    porosity: float
    tortuosity: float
    view: View | None

    @property
    def inside(self) -> bool | None:
        """Whether the interval holds what was observed; None where none is claimed."""
        if np.isnan(self.lo) or np.isnan(self.hi):
            return None
        return self.lo <= self.observed <= self.hi


@dataclass(frozen=True)
class Worst:
    """The worst rows of a target, largest error on its headline scale first."""

    target: TargetInfo
    regime: RegimeInfo | None
    candidate: Candidate | None
    misses: tuple[Miss, ...]
    n: int


def worst(context: Context, best: dict[str, Candidate | None], gallery: Gallery) -> tuple[Worst, ...]:
    """One entry a target; ``best`` names its best candidate."""
    features = context.run.table("features")
    described = features.set_index("volume_digest") if len(features) else features
    return tuple(_worst(context, target, best.get(target.name), gallery, described) for target in context.targets)


def _worst(
    context: Context, target: TargetInfo, candidate: Candidate | None, gallery: Gallery, described: Any
) -> Worst:
    name = context.headline_regime(target)
    empty = Worst(target, context.regime(name) if name else None, candidate, (), 0)
    if candidate is None or name is None or target.name not in context.run.rows.columns:
        return empty
    predictions = context.run.predictions(Cell(target.name, candidate.model.name, candidate.features, name))
    if predictions.empty:
        return empty
    bounds = [column for column in ("y_lo", "y_hi") if column in predictions]
    by_row = predictions.groupby("row")[["y_pred", *bounds]].mean().astype("float64")
    rows = context.run.rows.set_index("row").loc[by_row.index]
    observed, predicted = rows[target.name].to_numpy("float64"), by_row["y_pred"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.abs(np.log(predicted / observed)) if target.scale == "log" else np.abs(predicted - observed)
    known = np.isfinite(error)
    median = float(np.median(error[known])) if known.any() else 0.0
    order = [index for index in np.argsort(-np.where(known, error, -1.0), kind="stable") if known[index]][:N_WORST]
    misses = []
    for index in order:
        row, told = rows.iloc[index], by_row.iloc[index]
        digest = row.get("volume_digest")
        about = described.loc[digest] if len(described) and digest in described.index else {}
        misses.append(
            Miss(
                row=int(by_row.index[index]),
                sample=_text(row.get("sample_id")),
                design="" if target.volume_only else _text(row.get("param_id")),
                observed=float(observed[index]),
                predicted=float(predicted[index]),
                lo=number(told.get("y_lo")),
                hi=number(told.get("y_hi")),
                ratio=float(error[index]) / median if median > 0 else float("nan"),
                porosity=number(about.get("porosity")),
                tortuosity=number(about.get("tortuosity_factor_z")),
                view=gallery.view(str(digest)),
            )
        )
    return Worst(target, context.regime(name), candidate, tuple(misses), int(known.sum()))


def _text(value: Any) -> str:
    """A key of the data set as text; whole numbers without a point."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
