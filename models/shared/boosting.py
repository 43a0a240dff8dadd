"""Helpers of the boosters: the scale of the target, leaf sizes for grouped rows, checked settings."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ModelError, SettingsError
from .category_columns import CategoryColumns

if TYPE_CHECKING:
    from pathlib import Path

    from ...array_types import Float32, Float64
    from ..base import Rows

META = "model.json"


@dataclass(frozen=True)
class TargetScaler:
    """State of a booster besides its own file: its columns and the scale of its target.

    Boosters compare gains with absolute constants (XGBoost keeps no split that gains less than
    1e-6), so a resistance in ohm or a fade in Ah/cycle would never be split. They see
    (y - offset) / scale.
    """

    columns: tuple[str, ...]
    offset: float
    scale: float
    categories: tuple[tuple[str, ...], ...] = ()
    """Columns that the booster sees as one category, category by category."""

    @classmethod
    def of(
        cls, columns: tuple[str, ...], y: Float64, weight: Float64, categories: tuple[tuple[str, ...], ...] = ()
    ) -> TargetScaler:
        """Weighted mean and standard deviation of ``y``; scale 1 where y is constant."""
        offset = float(np.average(y, weights=weight))
        scale = float(np.sqrt(np.average((y - offset) ** 2, weights=weight)))
        return cls(columns, offset, scale if scale > np.finfo(np.float32).eps * abs(offset) else 1.0, categories)

    @cached_property
    def native(self) -> CategoryColumns:
        """The columns as the booster sees them."""
        return CategoryColumns(self.columns, self.categories)

    def standard(self, y: Float64) -> Float32:
        """``y`` as the booster sees it."""
        return ((y - self.offset) / self.scale).astype(np.float32)

    def original(self, output: Any) -> Float32:
        """A booster's output on the scale of y."""
        return (self.offset + self.scale * np.asarray(output, np.float64)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write ``folder/model.json``; Python's floats survive JSON unchanged."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / META).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> TargetScaler:
        """Load a scaler written by ``save``; ModelError names the file where it cannot be read."""
        path = folder / META
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            columns, offset, scale = tuple(values["columns"]), float(values["offset"]), float(values["scale"])
            # boosters of 0.1 know no categories
            categories = tuple(tuple(map(str, levels)) for levels in values.get("categories", ()))
            return cls(columns, offset, scale, categories)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: expected columns, offset and scale of a booster, got: {error!r}") from error


def leaf_rows(rows: Rows, least: int, share: float) -> int:
    """Fewest rows in a leaf: ``least``, raised to ``share`` of the mean number of rows a volume.

    Rows of one volume share their descriptors, so a small leaf memorises a volume. Never so
    many that a small training set could not be split at all.
    """
    a_volume = len(rows) / max(len(np.unique(rows.volume)), 1)
    return int(max(1, min(max(least, np.ceil(share * a_volume)), len(rows) // 4)))


def check_positive(model: str, **values: float) -> None:
    """SettingsError for the first value that is not above 0."""
    for name, value in values.items():
        if not value > 0:
            raise SettingsError(f"model {model}: {name} must be above 0, got {value}")
