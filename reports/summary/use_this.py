"""What to use: the model that answers for each target, why that one, the command, and what would help next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...schema import FEATURE_SET_BY_NAME
from ..format import lowered, percent, score
from ..tables import Cell
from .context import Context, RegimeInfo, TargetInfo
from .estimate import Estimate
from .learning import LearningCurves
from .shares import Shares
from .study_rows import subjects
from .verdict import Candidate, TargetVerdict, Verdict, candidate_of

ALIKE = 0.02
"""Share of the smallest squared error within which a bundle takes the simpler model."""
LITTLE = 0.01
"""Share of a target's variance below which the image has next to nothing to explain."""
RULE = (
    "For each target and regime: the simplest model whose squared error is within 2 % of the smallest one. Laws come before ridge and other "
    "linear models, then boosters, Gaussian processes and blends. Networks and entries are not asked: a bundle answers from descriptors alone."
)


@dataclass(frozen=True)
class Answering:
    """The model of the bundle that answers for a target where volume and design are new.

    ``r2`` is the verdict's, corrected for the choice, where it names the same model, else the model's own; ``differs`` says
    why the verdict names another one.
    """

    target: TargetInfo
    regime: RegimeInfo
    candidate: Candidate
    r2: Estimate
    why: str
    differs: str


@dataclass(frozen=True)
class UseThis:
    """The first is the heaviest target's; ``reason`` says why there is none, ``sentence`` stands on the first screen."""

    found: tuple[Answering, ...]
    rule: str
    sentence: str
    command: str
    elsewhere: str
    next: tuple[str, ...]
    reason: str


def use_this(context: Context, verdict: Verdict, curves: LearningCurves, parts: Sequence[Shares]) -> UseThis:
    """The bundle's best models under each target's headline regime, and what the studies say of the next step."""
    found = tuple(_answering(context, verdict))
    reason = "" if found else "This run wrote no bundle, so nothing answers for new volumes yet."
    command = f"poregrove predict {context.run.manifest['name']}/bundle NEW --out predictions.csv" if found else ""
    return UseThis(
        found=found,
        rule=RULE,
        sentence=_sentence(found) if found else reason,
        command=command,
        elsewhere=_elsewhere(context),
        next=(*_growth(curves), *_image(parts)),
        reason=reason,
    )


def _answering(context: Context, verdict: Verdict) -> Iterable[Answering]:
    told = {(item["target"], item["regime"]): item for item in context.run.bundled if "best" in item["roles"]}
    for item in sorted(verdict.targets, key=lambda item: -item.target.weight):
        regime = item.regime
        chosen = told.get((item.target.name, regime.name)) if regime else None
        if regime is None or chosen is None:
            continue
        cell = Cell(item.target.name, chosen["model"], chosen["features"], regime.name)
        yield Answering(
            target=item.target,
            regime=regime,
            candidate=candidate_of(context, cell),
            r2=item.r2 if _named(item, cell) else context.estimate(cell, "r2", item.target.scale),
            why="smallest error"
            if chosen.get("reason") == "smallest error"
            else "simplest within 2 % of the smallest error",
            differs=_differs(context, item, cell, chosen),
        )


def _named(item: TargetVerdict, cell: Cell) -> bool:
    """Whether the verdict names the same candidate, whose R2 is then told as there: corrected for the choice."""
    return item.best is not None and (item.best.model.name, item.best.features) == cell[1:3]


def _differs(context: Context, item: TargetVerdict, cell: Cell, chosen: Mapping[str, Any]) -> str:
    """Why the verdict's best candidate, the one with the smallest error of all, does not answer; empty where it does."""
    best = item.best
    if best is None or _named(item, cell):
        return ""
    named, looks = f"{best.model.label}, {best.features_label}", FEATURE_SET_BY_NAME.get(best.features)
    if best.model.entered:
        return f"{named} errs least but was made elsewhere"
    if looks is None or looks.volumes or looks.embedding:
        return f"{named} errs least but needs the voxels"
    least = Cell(cell.target, best.model.name, best.features, cell.regime)
    ours, theirs = (context.estimate(one, "rmse", item.target.scale).value for one in (cell, least))
    if chosen.get("reason") != "smallest error" and ours**2 <= (1 + ALIKE) * theirs**2:
        return f"{named} errs less, but by under 2 %"
    return f"{named} errs least but cannot answer for new volumes and designs, or be stored"


def _sentence(found: Sequence[Answering]) -> str:
    first = found[0]
    sentence = f"For {lowered(first.target.label)} the bundle answers with {first.candidate.model.label}, {first.candidate.features_label} (R² {score(first.r2.value)} under {first.regime.label}): {first.why}"
    return f"{sentence}; {first.differs}." if first.differs else f"{sentence}."


def _elsewhere(context: Context) -> str:
    """Where another model than the bundle's is looked at, and why it must be another."""
    sentence = (
        "Verdict, optimism gap, parity, worst predictions and intervals of this page are of the smallest error among all candidates; "
        "predict answers with the models above, whose intervals come from their own residuals."
    )
    studied = dict.fromkeys(
        about.model.label
        for name in ("ablation", "learning_curves", "importance")
        for about, _ in subjects(context, name)
    )
    if studied:
        sentence += (
            f" Ablation, learning curves and importance look at {' and '.join(studied)}: unless the settings name another, the best booster overall "
            "on descriptors, one model for all targets, whose contributions (SHAP) are exact."
        )
    return sentence


def _growth(curves: LearningCurves) -> Iterable[str]:
    """What the learning curves say of more volumes and more designs."""
    if not curves.curves:
        yield "No learning curves were computed, so whether more volumes or more designs would help is not known."
        return
    for along in dict.fromkeys(curve.along for curve in curves.curves):
        own = [curve for curve in curves.curves if curve.along == along and curve.rising is not None]
        rising = _names(curve.about.target for curve in own if curve.rising)
        flat = [name for name in _names(curve.about.target for curve in own) if name not in rising]
        if rising:
            yield f"More {along} would help {_listed(rising)}: the learning curve still rises."
        if flat:
            yield f"More {along} may not help {_listed(flat)}: no rise beyond noise in the last step."


def _image(parts: Sequence[Shares]) -> Iterable[str]:
    """Targets whose variance leaves the image nothing to explain: what the volume and all that the design does not explain add up to."""
    for item in parts:
        left = sum(part.share for part in item.parts if part.part != "design")
        if left < LITTLE:
            yield (
                f"The image cannot help {lowered(item.target.label)}: all but {percent(left, 1)} of its variance lies between designs."
            )


def _names(targets: Iterable[TargetInfo]) -> list[str]:
    return list(dict.fromkeys(lowered(target.label) for target in targets))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
