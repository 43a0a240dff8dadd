"""Context of every section: targets, models and regimes of the manifest, and the scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import RunError
from ...schema import MAIN_REGIMES, REGIME_BY_NAME, TIME_BOUNDED, worded_rules
from ..tables import Cell, Run, records
from .estimate import MISSING, Estimate, estimate
from .labels import feature_set_label, humanised, target_labels

VOLUME_ONLY_REGIME, BOTH_REGIME = "new-structure", "new-both"
"""Regime under which targets of the volume alone are scored, and the one that shows the same numbers for them."""


@dataclass(frozen=True)
class TargetInfo:
    """A target of the run."""

    name: str
    label: str
    short: str
    unit: str
    meaning: str
    weight: float
    scale: str
    also: tuple[str, ...]
    volume_only: bool
    derivable: str | None
    n: int
    n_undefined: int
    reasons: Mapping[str, int]
    statuses: Mapping[str, int]
    rules: tuple[str, ...] = ()
    """How its values were found, with the settings of the run."""

    @property
    def scales(self) -> tuple[str, ...]:
        """Headline scale first."""
        return (self.scale, *self.also)

    @property
    def companion(self) -> bool:
        """Whether it is scored beside another target, without a weight of its own."""
        return self.weight == 0


@dataclass(frozen=True)
class ModelInfo:
    """A model of the run; ``kind`` decides colour and shape of its marks."""

    name: str
    label: str
    kind: str
    meaning: str
    reference: str
    device: str
    notes: str
    entered: bool = False
    """Whether its predictions were made elsewhere."""

    @property
    def trained_out(self) -> bool:
        """Whether no fit was ended by its clock; what was trained elsewhere is taken to be done."""
        return self.entered or TIME_BOUNDED not in self.notes

    @property
    def challenger(self) -> bool:
        """Whether it is a network or an entry, which are compared with the baselines."""
        return self.entered or self.kind == "network"

    @property
    def trivial(self) -> bool:
        """Whether it is a baseline that uses no input."""
        return self.kind == "trivial"


@dataclass(frozen=True)
class RegimeInfo:
    """A regime of the run."""

    name: str
    label: str
    meaning: str
    defined: bool
    reason: str
    exploratory: bool
    n_folds: int | None
    n_repeats: int | None
    n_groups_volume: int | None
    n_groups_design: int | None

    @property
    def optimistic(self) -> bool:
        """Whether nothing about its test rows is new."""
        return self.name == MAIN_REGIMES[0]


@dataclass(frozen=True)
class Score:
    """One row of scores.parquet."""

    estimate: Estimate
    n_rows: int
    n_volumes: int
    n_designs: int


@dataclass(frozen=True)
class Context:
    """The run as the sections see it."""

    run: Run
    targets: tuple[TargetInfo, ...]
    models: Mapping[str, ModelInfo]
    regimes: tuple[RegimeInfo, ...]
    scores: Mapping[tuple[Cell, str, str], Score] = field(repr=False)
    cells: Mapping[tuple[str, str], tuple[Cell, ...]] = field(repr=False)

    def model(self, name: str) -> ModelInfo:
        """A model by name, also one that the manifest does not list."""
        return self.models.get(name) or ModelInfo(name, name, "other", "", "", "", "")

    def regime(self, name: str) -> RegimeInfo:
        """A regime by name."""
        found = {item.name: item for item in self.regimes}
        return found.get(name) or RegimeInfo(name, name, "", True, "", False, None, None, None, None)

    def estimate(self, cell: Cell, metric: str, scale: str) -> Estimate:
        """A score with its interval; NaN where the run has none."""
        found = self.scores.get((cell, metric, scale))
        return found.estimate if found else MISSING

    def candidates(self, target: TargetInfo, regime: str) -> tuple[Cell, ...]:
        """Cells of the models that are no trivial baseline, best skill first."""
        cells = [cell for cell in self.cells.get((target.name, regime), ()) if not self.model(cell.model).trivial]
        return tuple(self.by_skill(cells, target.scale))

    def baselines(self, target: TargetInfo, regime: str) -> tuple[Cell, ...]:
        """Cells of the trivial baselines, best R2 first."""
        cells = [cell for cell in self.cells.get((target.name, regime), ()) if self.model(cell.model).trivial]
        return tuple(sorted(cells, key=lambda cell: _descending(self.estimate(cell, "r2", target.scale), cell)))

    def by_skill(self, cells: Iterable[Cell], scale: str) -> list[Cell]:
        """Best skill first, unknown ones last, ties by name."""
        return sorted(cells, key=lambda cell: _descending(self.estimate(cell, "skill", scale), cell))

    def headline_regime(self, target: TargetInfo) -> str | None:
        """R4 where the target was scored under it, else the last main regime that it was scored under.

        For a target of the volume alone R4 holds the numbers of R2 once more, so R2 it is.
        """
        scored = [regime for regime in MAIN_REGIMES if self.cells.get((target.name, regime))]
        if target.volume_only and VOLUME_ONLY_REGIME in scored:
            return VOLUME_ONLY_REGIME
        return scored[-1] if scored else None

    @property
    def network_repeats(self) -> int | None:
        """Deals of the folds that networks were fitted on; None: all."""
        settings = self.run.manifest.get("settings") or {}
        return whole((settings.get("comparison") or {}).get("network_repeats"))

    def fewer_deals(self, model: str, regime: str) -> int | None:
        """The deals of a model that has fewer than its regime; None for all others."""
        most, own = self.regime(regime).n_repeats, self.network_repeats
        return own if own and most and own < most and self.model(model).kind == "network" else None

    def cell_label(self, cell: Cell) -> str:
        """Model and feature set in words."""
        return f"{self.model(cell.model).label}, {feature_set_label(cell.features)}"


def _descending(found: Estimate, cell: Cell) -> tuple[bool, float, str, str]:
    return (not found.known, -found.value if found.known else 0.0, cell.model, cell.features)


def build_context(run: Run) -> Context:
    """The context of a run; RunError names the manifest entry that lacks its name."""
    scores = _scores(run)
    tiers = {item.get("tier") for item in run.manifest.get("descriptors") or ()}
    settings = (run.manifest.get("settings") or {}).get("target") or {}
    cells: dict[tuple[str, str], dict[Cell, None]] = {}
    for cell, _, _ in scores:
        cells.setdefault((cell.target, cell.regime), {})[cell] = None
    return Context(
        run=run,
        targets=_ordered(tuple(_target(item, tiers, settings) for item in _named(run, "targets"))),
        models={item["name"]: _model(item) for item in _named(run, "models")},
        regimes=tuple(_regime(item) for item in _named(run, "regimes")),
        scores=scores,
        cells={key: tuple(sorted(found)) for key, found in cells.items()},
    )


def _ordered(found: tuple[TargetInfo, ...]) -> tuple[TargetInfo, ...]:
    """Targets in their order, companions moved behind the target whose name they extend."""
    result = [target for target in found if not target.companion]
    for companion in (target for target in found if target.companion):
        hosts = [i for i, target in enumerate(result) if companion.name.startswith(target.name)]
        result.insert(hosts[-1] + 1 if hosts else len(result), companion)
    return tuple(result)


def _named(run: Run, key: str) -> list[Mapping[str, Any]]:
    items = run.manifest[key]
    if not isinstance(items, list) or not all(isinstance(item, dict) and "name" in item for item in items):
        raise RunError(f"{run.path / 'manifest.json'}: expected {key} to be a list of objects with a name")
    return items


def _scores(run: Run) -> dict[tuple[Cell, str, str], Score]:
    found: dict[tuple[Cell, str, str], Score] = {}
    for record in records(run.scores):
        cell = Cell(record["target"], record["model"], record["features"], record["regime"])
        counts = (whole(record[name]) or 0 for name in ("n_rows", "n_volumes", "n_designs"))
        found[cell, record["metric"], record["scale"]] = Score(estimate(record), *counts)
    return found


def whole(value: Any) -> int | None:
    """An integer, None for what is missing."""
    return None if value is None or value != value else int(value)  # noqa: PLR0124  NaN differs from itself


def _target(item: Mapping[str, Any], tiers: set[str | None], settings: Mapping[str, Any]) -> TargetInfo:
    """A target; derivable only where the run has descriptors of the tier that computes it."""
    statuses = dict(item.get("statuses") or {})
    label, short = target_labels(item["name"], statuses, told=(item.get("label"), item.get("short_label")))
    return TargetInfo(
        name=item["name"],
        label=label,
        short=short,
        unit=item.get("unit", "-"),
        meaning=item.get("meaning", ""),
        weight=float(item.get("weight", 0.0)),
        scale=item.get("scale", "raw"),
        also=tuple(item.get("also") or ()),
        volume_only=bool(item.get("volume_only")),
        derivable=item["derivable"] if item.get("derivable") in tiers else None,
        n=int(item.get("n") or 0),
        n_undefined=int(item.get("n_undefined") or 0),
        reasons=dict(item.get("reasons") or {}),
        statuses=statuses,
        rules=_rules(item, settings),
    )


def _rules(item: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The rules of a target in words; none in a run of a version that did not write them."""
    rules = tuple(map(str, item.get("rules") or ()))
    return worded_rules(rules, settings) if rules else ()


def _model(item: Mapping[str, Any]) -> ModelInfo:
    notes = item.get("notes") or ""
    return ModelInfo(
        name=item["name"],
        label=item.get("label") or humanised(item["name"]),
        kind=item.get("kind") or "other",
        meaning=item.get("meaning") or "",
        reference=item.get("reference") or "",
        device=item.get("device") or "",
        notes=notes if isinstance(notes, str) else "; ".join(map(str, notes)),
        entered=bool(item.get("entered")),
    )


def _regime(item: Mapping[str, Any]) -> RegimeInfo:
    known = REGIME_BY_NAME.get(item["name"])
    return RegimeInfo(
        name=item["name"],
        label=item.get("label") or (known.label if known else item["name"]),
        meaning=item.get("meaning") or (known.meaning if known else ""),
        defined=bool(item.get("defined", True)),
        reason=item.get("reason") or "",
        exploratory=bool(item.get("exploratory")),
        n_folds=whole(item.get("n_folds")),
        n_repeats=whole(item.get("n_repeats")),
        n_groups_volume=whole(item.get("n_groups_volume")),
        n_groups_design=whole(item.get("n_groups_design")),
    )
