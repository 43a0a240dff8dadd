"""Predictions for a query with described volumes: regimes by what training has seen, ranges, intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...array_types import Float64, Int32
from ...errors import ModelError
from ...models.base import BATCH_ROWS, Rows
from ...schema import MAIN_REGIMES, REGIME_BY_NAME, Contract
from ..data.look import PERCOLATES
from ..extraction.voxel_store import OneVolume
from ..tables.arrays import LIFE
from ..tables.feature_sets import JoinedQuantities, rows_over
from ..tables.target_scale import from_scale
from ..training.conformal import TOO_FEW_GROUPS
from .answers import NONE, NOT_FINITE, NOT_PERCOLATING, REASONS, SCALAR_MISSING, UNREADABLE, Answer, Answers
from .contents import FinalModel
from .intervals import NOT_COMPARED, matching
from .queries import Designs
from .ranges import Range, names_beyond
from .select_models import looks

if TYPE_CHECKING:
    from .bundle import Bundle

ByRegime: TypeAlias = "Mapping[str, FinalModel]"
"""The models of one target by the regime that they serve."""
NEED_A_PATH = frozenset({"tau_factor", "d_eff", "bruggeman_exponent"})
"""Targets of a volume that have no value where no pore path leads through it."""


@dataclass(frozen=True, eq=False)
class PredictionBatch:
    """n rows as positions in V described volumes (a row each, as ``extract`` makes it) and in D designs."""

    bundle: Bundle
    described: pd.DataFrame
    designs: Designs | None
    volume: Int32
    design: Int32
    mask: Callable[[int], NDArray[np.bool_]]
    """Pore mask of a described volume, for models that look at voxels."""
    _outputs: dict[tuple[str, bytes, bytes], NDArray[np.float32]] = field(default_factory=dict)
    """Predictions of models that several targets share, by folder and rows."""

    def answers(self, models: Mapping[str, ByRegime], level: float) -> Answers:
        """The answers of ``models`` (by target), with intervals of a level."""
        neighbours = self.bundle.support.neighbours
        distance = np.where(self._readable, neighbours.distances(self._descriptors), np.nan)
        digests = np.array([None], object) if self.designs is None else self.designs.digest
        return Answers(
            filename=self._text("filename"),
            volume_digest=self._text("volume_digest"),
            design_digest=digests[self.design],
            reason=self._text("reason"),
            regime=self._regime,
            outside=self._outside(),
            distance=distance[self.volume],
            distant=(distance > neighbours.limit)[self.volume],
            targets={
                name: self._target(name, models[name], level)
                for name in self.bundle.targets
                if name in models and (self.designs is not None or self._contract.volume_only(name))
            },
        )

    @property
    def _contract(self) -> Contract:
        return self.bundle.manifest.contract

    @cached_property
    def _descriptors(self) -> pd.DataFrame:
        return self.described[list(self.bundle.manifest.descriptors)]

    @cached_property
    def _scalars(self) -> pd.DataFrame:
        return pd.DataFrame() if self.designs is None else self.designs.scalars

    @cached_property
    def _readable(self) -> NDArray[np.bool_]:
        return (self.described["status"] == "ok").to_numpy(bool)

    def _text(self, column: str) -> NDArray[np.object_]:
        """A column of the described volumes, row by row."""
        values = self.described[column].astype(object)
        return values.where(values.notna(), None).to_numpy(object)[self.volume]

    @cached_property
    def _regime(self) -> NDArray[np.int8]:
        """Regime of each row, by which of its ids training has seen."""
        support = self.bundle.support
        seen_volume = self.described["volume_digest"].isin(support.volumes).to_numpy(bool)[self.volume]
        seen_design = np.ones(len(self.design), bool)  # where no design is asked for, none is new
        if self.designs is not None:
            seen_design = np.array([digest in support.designs for digest in self.designs.digest], bool)[self.design]
        codes = np.empty(len(self.volume), np.int8)
        for code, name in enumerate(MAIN_REGIMES):
            seen = REGIME_BY_NAME[name].seen
            codes[(seen_volume == ("volume" in seen)) & (seen_design == ("design" in seen))] = code
        return codes

    def _outside(self) -> NDArray[np.object_]:
        """Names of the inputs beyond their training range, joined by ';', empty where there are none."""
        ranges = self.bundle.support.ranges
        of = {kind: [item for item in ranges if item.kind == kind] for kind in ("descriptor", "scalar", "joined")}
        by_volume = names_beyond(of["descriptor"], _arrays(self._descriptors), len(self._descriptors))
        by_volume = [names if ok else () for names, ok in zip(by_volume, self._readable, strict=True)]
        if self.designs is None:
            return np.array([";".join(by_volume[v]) for v in self.volume], object)
        by_design = names_beyond(of["scalar"], _arrays(self._scalars), len(self._scalars))
        # A physics feature is named only where none of its own inputs is.
        plain = [not by_volume[v] and not by_design[d] for v, d in zip(self.volume, self.design, strict=True)]
        checked = np.flatnonzero(np.array(plain, bool) & self._readable[self.volume])
        by_row = self._joined_outside(of["joined"], checked)
        pairs = enumerate(zip(self.volume, self.design, strict=True))
        return np.array(
            [";".join((*by_volume[v], *by_design[d], *by_row.get(row, ()))) for row, (v, d) in pairs], object
        )

    def _joined_outside(self, ranges: Sequence[Range], rows: NDArray[np.intp]) -> dict[int, tuple[str, ...]]:
        """Names of the physics features beyond their range by row, of the rows that have some."""
        found: dict[int, tuple[str, ...]] = {}
        joined = self._joined(tuple(item.name for item in ranges))
        for start in range(0, len(rows) if ranges else 0, BATCH_ROWS):
            part = rows[start : start + BATCH_ROWS]
            values = joined(self.volume[part], self.design[part])
            named = {name: values[:, number] for number, name in enumerate(joined.columns)}
            names = names_beyond(ranges, named, len(part))
            found |= {int(row): beyond for row, beyond in zip(part, names, strict=True) if beyond}
        return found

    def _target(self, target: str, models: ByRegime, level: float) -> Answer:
        """One target; volume-only ones are predicted once a volume."""
        if not self._contract.volume_only(target):
            return self._predict(target, models, level, volume=self.volume, design=self.design, wanted=self._regime)
        each = np.arange(len(self.described), dtype=np.int32)
        new = np.full(len(each), MAIN_REGIMES.index("new-structure"), np.int8)
        found = self._predict(target, models, level, volume=each, design=np.full(len(each), NONE, np.int32), wanted=new)
        return found.take(self.volume)

    def _predict(
        self, target: str, models: ByRegime, level: float, *, volume: Int32, design: Int32, wanted: NDArray[np.int8]
    ) -> Answer:
        """Each row by the model of its regime, or of the next stricter one; without any, by the strictest and unbounded."""
        reason = self._undefined(target, volume, design)
        served, answered = np.full(len(volume), NONE, np.int8), np.full(len(volume), NONE, np.int8)
        centre, width = np.full(len(volume), np.nan), np.full(len(volume), np.nan)
        for code, name in enumerate(MAIN_REGIMES):
            rows = np.flatnonzero((wanted == code) & (reason == NONE))
            if not len(rows):
                continue
            regime = matching(self.bundle.manifest.same_regimes.get(name, name), tuple(models))
            model = models[regime or max(models, key=MAIN_REGIMES.index)]
            centre[rows] = self._centre(model, volume[rows], design[rows])
            answered[rows] = tuple(models.values()).index(model)
            if regime is None:
                reason[rows] = REASONS.index(NOT_COMPARED)
                continue
            served[rows] = MAIN_REGIMES.index(regime)
            width[rows] = self.bundle.residuals_of(model).at(level)
        y = self._raw(target, centre)
        lo, hi = self._raw(target, centre - width), self._raw(target, centre + width)
        reason[(reason == NONE) & ~np.isfinite(y)] = REASONS.index(NOT_FINITE)
        reason[(reason == NONE) & np.isnan(width)] = REASONS.index(TOO_FEW_GROUPS)
        unknown = ~np.isfinite(y)
        y[unknown] = lo[unknown] = hi[unknown] = np.nan
        names = tuple((model.chosen.model, model.chosen.features) for model in models.values())
        return Answer(y, lo, hi, served, reason, answered, names)

    def _centre(self, model: FinalModel, volume: Int32, design: Int32) -> NDArray[np.float32]:
        """Prediction of a model for its target."""
        if model.output is None:
            return self._all_outputs(model, volume, design)
        key = (model.folder, volume.tobytes(), design.tobytes())
        if key not in self._outputs:
            self._outputs[key] = self._all_outputs(model, volume, design)
        outputs = self._outputs[key]
        if outputs.ndim != 2 or not 0 <= model.output < outputs.shape[1]:  # noqa: PLR2004  rows x targets
            raise ModelError(f"{self.bundle.folder / model.folder}: has no output number {model.output}")
        return outputs[:, model.output]

    def _all_outputs(self, model: FinalModel, volume: Int32, design: Int32) -> NDArray[np.float32]:
        fitted, rows = self.bundle.fitted(model), self._rows(model, volume, design)
        if not looks(model.chosen.features):
            return fitted.predict(rows).y
        # volume by volume: they may differ in shape, and no more than one lies in memory
        order = np.argsort(volume, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(volume[order])) + 1)
        found = [
            fitted.predict(replace(rows.take(part), volumes=OneVolume(self.mask(int(volume[part[0]]))))).y
            for part in parts
        ]
        back = np.argsort(order, kind="stable")
        return np.concatenate(found)[back]

    def _undefined(self, target: str, volume: Int32, design: Int32) -> NDArray[np.int8]:
        """Reasons why rows have no value, as positions in ``REASONS``; the first reason counts."""
        cell = not self._contract.volume_only(target)
        needs_a_path = self.bundle.manifest.impossible == "drop" if cell else target in NEED_A_PATH
        reason = np.full(len(volume), NONE, np.int8)
        if cell and self.designs is not None:
            reason[~self.designs.complete[design]] = REASONS.index(SCALAR_MISSING)
        if needs_a_path:
            percolates = (self.described[PERCOLATES] > 0).to_numpy(bool)
            reason[~percolates[volume]] = REASONS.index(NOT_PERCOLATING)
        reason[~self._readable[volume]] = REASONS.index(UNREADABLE)
        return reason

    def _rows(self, model: FinalModel, volume: Int32, design: Int32) -> Rows:
        columns = self.bundle.manifest.columns[model.columns]
        joined = self._joined(columns.joined) if columns.joined else None
        return rows_over(columns, self._descriptors, self._scalars, volume=volume, design=design, joined=joined)

    def _joined(self, names: tuple[str, ...]) -> JoinedQuantities:
        chosen = tuple(self.bundle.quantities[name] for name in names)
        return JoinedQuantities.over(chosen, self._descriptors, self._scalars)

    def _raw(self, target: str, values: Float64) -> Float64:
        raw = np.array(from_scale(values, self._contract.target(target).scale), np.float64)
        if target == LIFE:
            least, most = self.bundle.manifest.life_bounds
            raw = np.clip(raw, least, most)
        return raw


def _arrays(frame: pd.DataFrame) -> dict[str, Float64]:
    return {str(name): frame[name].to_numpy(np.float64) for name in frame}
