"""Whether each network and each entry beats the best baseline: on its heaviest target, and overall."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...schema import FEATURE_SET_BY_NAME, MAIN_REGIMES, OWN
from ..format import between, lowered, plural, score
from ..tables import Cell, records
from .choice import choice
from .context import BOTH_REGIME, VOLUME_ONLY_REGIME, Context, ModelInfo, RegimeInfo, TargetInfo
from .estimate import Estimate, Sign, estimate
from .network import difference_of
from .verdict import Candidate, candidate_of

ALL_TARGETS = "all"
"""The variant of the overall score that counts every target."""


@dataclass(frozen=True)
class Contest:
    """A challenger and the best baseline on the same rows and folds; ``difference`` is challenger minus baseline.

    ``target`` is None for the overall score, whose ``n_targets`` both were scored on. ``corrected`` says that the
    interval leaves out 0 but the difference does not stand after Holm's correction.
    """

    challenger: Candidate
    baseline: Candidate
    regime: RegimeInfo
    target: TargetInfo | None
    metric: str
    difference: Estimate
    sign: Sign
    corrected: bool
    n_targets: int


@dataclass(frozen=True)
class Challenge:
    """Verdict on one network or entry, in one sentence."""

    model: ModelInfo
    on_target: Contest | None
    overall: Contest | None
    sentence: str

    @property
    def sign(self) -> Sign:
        """Whether it beats the best baseline on its heaviest target; a network that is not trained out is never a loser."""
        if self.on_target is None or not _judged(self.model, self.on_target):
            return "undetermined"
        return self.on_target.sign


@dataclass(frozen=True)
class Challengers:
    """One challenge a network and entry; where there is none, ``sentence`` names the best baseline."""

    question: str
    found: tuple[Challenge, ...]
    sentence: str


def challengers(context: Context) -> Challengers:
    """Challenges in the order of the manifest, entries first."""
    models = [model for model in context.models.values() if model.challenger and _targets_of(context, model)]
    models.sort(key=lambda model: not model.entered)
    found = tuple(_challenge(context, model) for model in models)
    question = "Does the network beat the best baseline?"
    if len(found) == 1:
        question = f"Does {found[0].model.label} beat the best baseline?"
    return Challengers(question, found, "" if found else _no_network(context))


def _challenge(context: Context, model: ModelInfo) -> Challenge:
    target = max(_targets_of(context, model), key=lambda item: item.weight)
    on_target = _on_target(context, model, target)
    overall = _overall(context, model)
    return Challenge(model, on_target, overall, _sentence(model, on_target, overall))


def _targets_of(context: Context, model: ModelInfo) -> tuple[TargetInfo, ...]:
    scored = {cell.target for cells in context.cells.values() for cell in cells if cell.model == model.name}
    return tuple(target for target in context.targets if target.name in scored)


def _regime_of(context: Context, model: ModelInfo, target: TargetInfo) -> str | None:
    """The strictest main regime under which a model was scored; R2 where R4 is the same."""
    scored = [
        regime
        for regime in MAIN_REGIMES
        if any(cell.model == model.name for cell in context.cells.get((target.name, regime), ()))
    ]
    if target.volume_only and VOLUME_ONLY_REGIME in scored:
        return VOLUME_ONLY_REGIME
    return scored[-1] if scored else None


def is_baseline(context: Context, cell: Cell) -> bool:
    """Whether a cell is a baseline of any kind: no network, no entry, and nothing that a network made of voxels."""
    looks = FEATURE_SET_BY_NAME.get(cell.features)
    return not context.model(cell.model).challenger and not (looks and (looks.volumes or looks.embedding))


def _on_target(context: Context, model: ModelInfo, target: TargetInfo) -> Contest | None:
    regime = _regime_of(context, model, target)
    if regime is None:
        return None
    cells = context.by_skill(context.cells.get((target.name, regime), ()), target.scale)
    own = _of(cells, model.name)
    baselines = [cell for cell in cells if is_baseline(context, cell)]
    compared = [(cell, *difference_of(context, target, own, cell)) for cell in baselines]
    compared = [item for item in compared if item[1].known]
    if not compared:
        return None
    # All differences are of R2 on the rows and folds that the challenger has, so the smallest names the best baseline.
    best, difference, sign = min(compared, key=lambda item: item[1].value)
    return Contest(
        challenger=candidate_of(context, own),
        baseline=candidate_of(context, best),
        regime=context.regime(regime),
        target=target,
        metric="R²",
        difference=difference,
        sign=sign,
        corrected=sign != difference.sign,
        n_targets=1,
    )


def _of(cells: Iterable[Cell], name: str) -> Cell:
    """The best cell of a model; of an entry the one with the image."""
    own = [cell for cell in cells if cell.model == name]
    return next((cell for cell in own if cell.features == OWN), own[0])


def _overall(context: Context, model: ModelInfo) -> Contest | None:
    """Under the strictest regime: against the baseline with the best overall score on the same targets."""
    table = context.run.table("overall_differences")
    table = table[(table["model_a"] == model.name) & (table["variant"] == ALL_TARGETS)]
    regimes = [name for name in MAIN_REGIMES if (table["regime"] == name).any()]
    if not regimes:
        return None
    regime = BOTH_REGIME if BOTH_REGIME in regimes else regimes[-1]
    table = table[(table["regime"] == regime) & np.isfinite(table["difference"].astype("float64"))]
    metric = "skill" if (table["metric"] == "skill").any() else "r2"
    rows = records(table[table["metric"] == metric])
    rows = [row for row in rows if row["features_a"] == OWN] or rows
    if not rows:
        return None
    most = max(int(row["n_targets"]) for row in rows)
    best = max((row for row in rows if int(row["n_targets"]) == most), key=lambda row: (row["value_a"], row["value_b"]))
    found = estimate(best, "difference")
    return Contest(
        challenger=candidate_of(context, Cell("", model.name, best["features_a"], regime)),
        baseline=candidate_of(context, Cell("", best["model_b"], best["features_b"], regime)),
        regime=context.regime(regime),
        target=None,
        metric="R²" if metric == "r2" else metric,
        difference=found,
        sign=found.sign,
        corrected=False,
        n_targets=most,
    )


_OPENING = {
    "positive": "{label} beats the best baseline",
    "negative": "{label} does not beat the best baseline",
    "undetermined": "Whether {label} beats the best baseline is undetermined",
}
_NOT_TRAINED_OUT = "{label}: network not trained out, its clock ended fits, so where it stands decides nothing"


def _judged(model: ModelInfo, contest: Contest) -> bool:
    """Whether a contest says something of the model: a win does, a loss only of a network that is trained out."""
    return model.trained_out or contest.sign == "positive"


def _sentence(model: ModelInfo, on_target: Contest | None, overall: Contest | None) -> str:
    if on_target is None or on_target.target is None:
        return f"{model.label} was compared with no baseline on the same rows."
    opening = (_OPENING[on_target.sign] if _judged(model, on_target) else _NOT_TRAINED_OUT).format(label=model.label)
    where = f"on {lowered(on_target.target.label)} under {on_target.regime.label}"
    sentence = f"{opening}: {where} its {_in_words(on_target)}"
    if overall is not None and overall.n_targets > 1:
        under = "" if overall.regime == on_target.regime else f" under {overall.regime.label}"
        sentence += f"; over {plural(overall.n_targets, 'target')}{under} its {_in_words(overall)}"
    return f"{sentence}."


def _in_words(contest: Contest) -> str:
    value, found = contest.difference.value, contest.difference
    size = (
        f"{score(abs(value))} {'higher' if value > 0 else 'lower'} than"
        if score(abs(value)) != score(0.0)
        else "that of"
    )
    notes = [between(found.lo, found.hi) or "no interval"]
    if contest.corrected:
        notes.append("not beyond noise after Holm’s correction")
    elif contest.sign == "undetermined":
        notes.append("undetermined")
    baseline = f"{contest.baseline.model.label}, {contest.baseline.features_label}"
    return f"{contest.metric} is {size} {'that of ' if size != 'that of' else ''}{baseline} ({', '.join(notes)})"


def _no_network(context: Context) -> str:
    """The best baseline of the heaviest target that was scored, and how to enter a network."""
    how = "enter yours with poregrove folds and poregrove enter"
    for target in sorted(context.targets, key=lambda item: -item.weight):
        regime = context.headline_regime(target)
        cells = context.cells.get((target.name, regime), ()) if regime else ()
        known = [cell for cell in cells if context.estimate(cell, "r2", target.scale).known]
        if known:
            best = max(known, key=lambda cell: context.estimate(cell, "r2", target.scale).value)
            chosen = choice(context, target, best.regime)
            # The table below shows the R2 of choosing the best, so the same candidate has the same number here.
            found = chosen.r2 if chosen and chosen.cell == best else context.estimate(best, "r2", target.scale)
            interval = f", {between(found.lo, found.hi)}" if found.bounded else ""
            where = f"on {lowered(target.label)} under {context.regime(best.regime).label}"
            return (
                f"No network entered; the best baseline {where} is {context.cell_label(best)} "
                f"(R² {score(found.value)}{interval}); {how}."
            )
    return f"No network entered, and no baseline was scored; {how}."
