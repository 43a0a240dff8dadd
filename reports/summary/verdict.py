"""The verdict: which model wins for which target, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..tables import Cell, records
from .choice import choice
from .context import Context, ModelInfo, RegimeInfo, TargetInfo
from .estimate import MISSING, Estimate, estimate, judged
from .gap import Gap, Gaps, gap_for
from .image_adds import Addition, ImageAdds, addition_for
from .labels import feature_set_label

Outcome = Literal["winner", "tie", "untested", "undetermined", "baseline", "none"]
OUTCOMES: tuple[tuple[Outcome, str], ...] = (
    ("winner", "one model wins"),
    ("tie", "beats the baseline, no single winner"),
    ("untested", "beats the baseline, models not compared"),
    ("undetermined", "undetermined"),
    ("baseline", "the baseline wins"),
    ("none", "no result"),
)


@dataclass(frozen=True)
class Candidate:
    """A model with a feature set."""

    model: ModelInfo
    features: str
    features_label: str


@dataclass(frozen=True)
class TargetVerdict:
    """Verdict on one target under its headline regime.

    ``skill`` and ``r2`` are those of choosing the best candidate; ``own_skill`` is that candidate's own.
    """

    target: TargetInfo
    regime: RegimeInfo | None
    outcome: Outcome
    label: str
    best: Candidate | None
    skill: Estimate
    r2: Estimate
    own_skill: float
    corrected: bool
    baseline: Candidate | None
    baseline_r2: float
    ties: tuple[str, ...]
    reason: str
    n_candidates: int
    n_rows: int
    gap: Gap | None
    addition: Addition | None

    @property
    def beats(self) -> bool:
        """Whether it is better than the best trivial baseline, beyond noise."""
        return self.outcome in ("winner", "tie", "untested")


@dataclass(frozen=True)
class Verdict:
    """One verdict a target, in the order of the manifest."""

    targets: tuple[TargetVerdict, ...]
    regimes: tuple[RegimeInfo, ...]
    network_repeats: int | None = None
    """Deals that networks were fitted on, where these are fewer than all."""

    def counted(self) -> tuple[TargetVerdict, ...]:
        """The targets without companions, which carry no weight and are not counted."""
        return tuple(item for item in self.targets if not item.target.companion)

    def number_of(self, *outcomes: Outcome) -> int:
        """Number of counted targets with this outcome."""
        return sum(item.outcome in outcomes for item in self.counted())


def verdict(context: Context, gaps: Gaps, additions: ImageAdds) -> Verdict:
    """The verdict on every target of the run."""
    targets = tuple(_target_verdict(context, target, gaps, additions) for target in context.targets)
    used = {item.regime.name for item in targets if item.regime}
    networks = [model.name for model in context.models.values() if model.kind == "network"]
    fewer = [context.fewer_deals(name, regime) for name in networks for regime in used]
    regimes = tuple(regime for regime in context.regimes if regime.name in used)
    return Verdict(targets, regimes, next((deals for deals in fewer if deals), None))


def _target_verdict(context: Context, target: TargetInfo, gaps: Gaps, additions: ImageAdds) -> TargetVerdict:
    regime = context.headline_regime(target)
    cells = context.candidates(target, regime) if regime else ()
    trivial = context.baselines(target, regime) if regime else ()
    chosen = choice(context, target, regime) if regime else None
    best, skill = (chosen.cell, chosen.skill) if chosen else (None, MISSING)
    ties = _ties(context, target, best, cells) if best else ()
    outcome, reason = _outcome(target, best, skill, ties, cells)
    score = context.scores.get((best, "skill", target.scale)) if best else None
    return TargetVerdict(
        target=target,
        regime=context.regime(regime) if regime else None,
        outcome=outcome,
        label=dict(OUTCOMES)[outcome],
        best=candidate_of(context, best) if best else None,
        skill=skill,
        r2=chosen.r2 if chosen else MISSING,
        own_skill=chosen.own_skill if chosen else MISSING.value,
        corrected=chosen is not None and chosen.corrected,
        baseline=candidate_of(context, trivial[0]) if trivial else None,
        baseline_r2=context.estimate(trivial[0], "r2", target.scale).value if trivial else MISSING.value,
        ties=ties or (),
        reason=reason,
        n_candidates=chosen.n_candidates if chosen else 0,
        n_rows=score.n_rows if score else 0,
        gap=gap_for(gaps, target.name),
        addition=addition_for(additions, target.name, best.model, best.features) if best else None,
    )


def candidate_of(context: Context, cell: Cell) -> Candidate:
    """Model and feature set of a cell."""
    return Candidate(context.model(cell.model), cell.features, feature_set_label(cell.features))


def _outcome(
    target: TargetInfo, best: Cell | None, skill: Estimate, ties: tuple[str, ...] | None, cells: Iterable[Cell]
) -> tuple[Outcome, str]:
    """Outcome by the first rule that applies, with its reason."""
    rivals = {cell.model for cell in cells} - {best.model if best else ""}
    rules: tuple[tuple[bool, Outcome, str], ...] = (
        (best is None, "none", no_result(target)),
        (not skill.known, "none", "no skill could be computed: there is no trivial baseline on the same rows"),
        (not skill.bounded, "undetermined", "the run has no interval for this skill"),
        (skill.sign == "undetermined", "undetermined", "the interval of the best skill contains 0"),
        (skill.sign == "negative", "baseline", "the best model is worse than the trivial baseline, beyond noise"),
        (bool(ties), "tie", ""),
        (ties is None and bool(rivals), "untested", "the run holds no test of the best model against the others"),
    )
    return next(((outcome, reason) for applies, outcome, reason in rules if applies), ("winner", ""))


def no_result(target: TargetInfo) -> str:
    """Reason why a target has no score."""
    if target.n == 0 and target.n_undefined:
        common = max(target.reasons, key=lambda reason: target.reasons[reason], default="")
        return "undefined in every row" + (f", most often {common.replace('_', ' ')}" if common else "")
    return "no model other than a trivial baseline was scored" if target.n else "no row has a value"


def _ties(context: Context, target: TargetInfo, best: Cell, cells: Iterable[Cell]) -> tuple[str, ...] | None:
    """Labels of the other models that are not distinguished from the best; None where no pair was tested."""
    table = context.run.table("differences")
    rows = table[(table["target"] == target.name) & (table["regime"] == best.regime) & (table["scale"] == target.scale)]
    others = {cell.model for cell in cells} - {best.model}
    tested: set[str] = set()
    tied: set[str] = set()
    for record in records(rows):
        sides = {(record["model_a"], record["features_a"]), (record["model_b"], record["features_b"])}
        if (best.model, best.features) not in sides:
            continue
        rival = next(iter(sides - {(best.model, best.features)}), (best.model, ""))[0]
        if rival not in others:
            continue
        tested.add(rival)
        if judged(estimate(record, "difference"), record["verdict"]) == "undetermined":
            tied.add(rival)
    if not tested:
        return None
    return tuple(sorted(context.model(name).label for name in tied | (others - tested)))
