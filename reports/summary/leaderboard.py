"""The leaderboard: every model with every feature set, by target and regime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..tables import Cell, records
from .context import BOTH_REGIME, VOLUME_ONLY_REGIME, Context, ModelInfo, RegimeInfo, TargetInfo, whole
from .entries import coverage_note
from .estimate import MISSING, Estimate
from .labels import feature_set_label
from .verdict import no_result

_IN_UNITS = (("mae", "MAE"), ("rmse", "RMSE"))
_OTHERS = (("concordance", "Concordance"), ("coverage90", "Coverage of 90 %"))
DONE, NOT_APPLICABLE, SCREENED = "done", "not applicable", "screened"


@dataclass(frozen=True)
class Column:
    """A metric on a scale; ``in_unit`` where it carries the target's unit."""

    metric: str
    scale: str
    label: str
    unit: str
    in_unit: bool


@dataclass(frozen=True)
class BoardRow:
    """A model with a feature set; ``values`` follow the board's columns."""

    model: ModelInfo
    features: str
    features_label: str
    skill: Estimate
    values: tuple[Estimate, ...]
    letters: str
    note: str = ""
    """Note on the board's folds that an entry lacks."""


@dataclass(frozen=True)
class ScreenedRow:
    """A model with a feature set that thin rows put beyond noise behind the best, so that it was not fitted in full."""

    model: ModelInfo
    features: str
    features_label: str
    r2: float
    rmse: float
    ratio: float
    n_rows: int
    n_folds: int


@dataclass(frozen=True)
class Board:
    """One target under one regime; ``note`` says what is special, ``reason`` why it is empty."""

    target: TargetInfo
    regime: RegimeInfo
    columns: tuple[Column, ...]
    rows: tuple[BoardRow, ...]
    n_rows: int
    n_volumes: int
    n_designs: int
    note: str
    reason: str
    without: tuple[str, ...]
    screened: tuple[ScreenedRow, ...] = ()
    """Candidates of a large set that were only fitted on thin rows, best first; they are in no comparison of pairs."""

    @property
    def lettered(self) -> bool:
        """Whether the run has letters of significance for these rows."""
        return any(row.letters for row in self.rows)


@dataclass(frozen=True)
class HeatRow:
    """Skill of one model with one feature set for each target of its table, NaN where it was not scored."""

    model: ModelInfo
    features_label: str
    skills: tuple[Estimate, ...]


@dataclass(frozen=True)
class Heat:
    """All skills of targets that are scored on the same kind of rows, each under its headline regime."""

    title: str
    targets: tuple[TargetInfo, ...]
    regimes: tuple[RegimeInfo | None, ...]
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True)
class Leaderboard:
    """Boards by target and regime, and all skills under the headline regimes at a glance."""

    targets: tuple[TargetInfo, ...]
    regimes: tuple[RegimeInfo, ...]
    feature_sets: tuple[tuple[str, str], ...]
    boards: tuple[Board, ...]
    heat: tuple[Heat, ...]
    first_regime: str


def leaderboard(context: Context) -> Leaderboard:
    """Every board, the empty ones with their reason."""
    targets = context.targets
    headline = [context.headline_regime(target) for target in targets]
    used = {cell.features for cells in context.cells.values() for cell in cells}
    named = [str(item["name"]) for item in context.run.manifest.get("feature_sets") or ()]
    sets = [name for name in named if name in used] + sorted(used - set(named))
    scored = [regime for regime in headline if regime]
    letters = _letters(context)
    return Leaderboard(
        targets=targets,
        regimes=context.regimes,
        feature_sets=tuple((name, feature_set_label(name)) for name in sets),
        boards=tuple(_board(context, target, regime, letters) for target in targets for regime in context.regimes),
        heat=_heats(context, targets),
        first_regime=max(scored, key=[regime.name for regime in context.regimes].index)
        if scored
        else context.regimes[0].name,
    )


def _letters(context: Context) -> Mapping[tuple[Cell, str], str]:
    """Letters of significance by cell and scale: those that share one are not distinguished."""
    return {
        (Cell(row["target"], row["model"], row["features"], row["regime"]), row["scale"]): str(row["letters"] or "")
        for row in records(context.run.table("letters"))
    }


def _board(context: Context, target: TargetInfo, regime: RegimeInfo, letters: Mapping[tuple[Cell, str], str]) -> Board:
    shown, note = regime.name, ""
    if target.volume_only and regime.name == BOTH_REGIME:
        note = "This target depends on the volume alone, so R4 is the same as R2, shown here."
        shown = BOTH_REGIME if context.cells.get((target.name, BOTH_REGIME)) else VOLUME_ONLY_REGIME
    cells = context.by_skill(context.cells.get((target.name, shown), ()), target.scale)
    columns = tuple(
        column
        for column in _columns(target)
        if any(context.estimate(cell, column.metric, column.scale).known for cell in cells)
    )
    first = context.scores.get((cells[0], "r2", target.scale)) if cells else None
    return Board(
        target=target,
        regime=regime,
        columns=columns,
        rows=tuple(_row(context, target, cell, columns, letters.get((cell, target.scale), "")) for cell in cells),
        n_rows=first.n_rows if first else 0,
        n_volumes=first.n_volumes if first else 0,
        n_designs=first.n_designs if first else 0,
        note=note,
        reason="" if cells else _empty(target, regime),
        without=_without(context, target, shown) if cells else (),
        screened=_screened(context, target, shown),
    )


def _screened(context: Context, target: TargetInfo, regime: str) -> tuple[ScreenedRow, ...]:
    table = context.run.table("screening")
    own = table[(table["target"] == target.name) & (table["regime"] == regime) & (table["decision"] == SCREENED)]
    found = (
        ScreenedRow(
            model=context.model(row["model"]),
            features=row["features"],
            features_label=feature_set_label(row["features"]),
            r2=float(row["r2"]),
            rmse=float(row["rmse"]),
            ratio=float(row["ratio"]),
            n_rows=whole(row["n_rows"]) or 0,
            n_folds=whole(row["n_folds"]) or 0,
        )
        for row in records(own)
    )
    return tuple(sorted(found, key=lambda row: (row.ratio, row.model.name, row.features)))


def _columns(target: TargetInfo) -> list[Column]:
    """R2 on the headline scale, errors in the target's unit, skill and R2 on the further scales."""
    columns = [Column("r2", target.scale, f"R²{_on(target, target.scale)}", "", in_unit=False)]
    columns += [Column(metric, "raw", label, target.unit, in_unit=True) for metric, label in _IN_UNITS]
    columns += [Column(metric, "raw", label, "", in_unit=False) for metric, label in _OTHERS]
    for scale in target.also:
        columns += [
            Column(metric, scale, f"{label}{_on(target, scale)}", "", in_unit=False)
            for metric, label in (("skill", "Skill"), ("r2", "R²"))
        ]
    return columns


def _on(target: TargetInfo, scale: str) -> str:
    return "" if len(target.scales) == 1 else f", {scale}"


def _row(context: Context, target: TargetInfo, cell: Cell, columns: tuple[Column, ...], letters: str) -> BoardRow:
    return BoardRow(
        model=context.model(cell.model),
        features=cell.features,
        features_label=feature_set_label(cell.features),
        skill=context.estimate(cell, "skill", target.scale),
        values=tuple(context.estimate(cell, column.metric, column.scale) for column in columns),
        letters=letters,
        note=coverage_note(context, cell.model, cell.features, cell.target, cell.regime),
    )


def _empty(target: TargetInfo, regime: RegimeInfo) -> str:
    if not regime.defined:
        return f"{regime.label} is not defined here: {regime.reason or 'the manifest gives no reason'}."
    if target.volume_only and regime.name in ("random", "new-design"):
        return "Not applicable: this target depends on the volume alone and is scored on distinct volumes under R2."
    if target.n == 0:
        return f"No scores: {no_result(target)}."
    return "No scores: nothing was run here."


def _without(context: Context, target: TargetInfo, regime: str) -> tuple[str, ...]:
    """Jobs of this board that gave no predictions, with the reason."""
    return tuple(
        f"{context.cell_label(Cell(target.name, str(job.get('model')), str(job.get('features')), regime))}: {_why(job)}"
        for job in context.run.manifest.get("jobs") or ()
        if job.get("target") == target.name and job.get("regime") == regime and _lacking(job)
    )


def _lacking(job: Mapping[str, Any]) -> bool:
    return job.get("status", DONE) not in (DONE, SCREENED) and str(job.get("variant", "as-is")) == "as-is"


def unfinished(job: Mapping[str, Any]) -> bool:
    """A job that should have given predictions and did not."""
    return job.get("status", DONE) not in (DONE, NOT_APPLICABLE, SCREENED)


def _why(job: Mapping[str, Any]) -> str:
    return " – ".join(part for part in (str(job.get("status") or ""), str(job.get("reason") or "")) if part)


def _heats(context: Context, targets: tuple[TargetInfo, ...]) -> tuple[Heat, ...]:
    kinds = (("Targets of the cell", False), ("Targets of the volume alone", True))
    heats = (
        _heat(context, title, tuple(target for target in targets if target.volume_only == alone))
        for title, alone in kinds
    )
    return tuple(heat for heat in heats if heat.rows)


def _heat(context: Context, title: str, targets: tuple[TargetInfo, ...]) -> Heat:
    regimes = [context.headline_regime(target) for target in targets]
    skills: dict[tuple[str, str], dict[str, Estimate]] = {}
    for target, regime in zip(targets, regimes, strict=True):
        for cell in context.candidates(target, regime) if regime else ():
            skills.setdefault((cell.model, cell.features), {})[target.name] = context.estimate(
                cell, "skill", target.scale
            )
    listed = list(context.models)
    order = sorted(
        skills, key=lambda key: (listed.index(key[0]) if key[0] in listed else len(listed), len(key[1]), key[1])
    )
    return Heat(
        title=title,
        targets=targets,
        regimes=tuple(context.regime(name) if name else None for name in regimes),
        rows=tuple(
            HeatRow(
                context.model(model),
                feature_set_label(features),
                tuple(skills[model, features].get(target.name, MISSING) for target in targets),
            )
            for model, features in order
        ),
    )
