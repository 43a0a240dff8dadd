"""A comparison cut down until it fits a time: what is left out, in which order, and why.

Everything that is left out is left out by a setting, so that a run is the one its settings say. No cut changes
what a score means: folds, seeds and models of what stays are untouched, and the set with the image stays beside its
counterpart without, which the verdict on the image compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...errors import SettingsError
from ...models.base import Kind, ModelInfo
from ...schema import FEATURE_SET_BY_NAME, FEATURE_SETS, richest_with_image, without_image
from ..execution.durations import in_words
from ..scoring.optimism_gap import strictest
from ..settings import Settings
from .estimate import Estimate

MARGIN = 0.85
"""Share of a budget that a plan may take by its likely estimate, since timings are mistaken."""
NETWORK_SHARE = 0.5
"""Share of a budget that networks without a bound of their own are given together."""
LEAST_NETWORK_SECONDS = 20.0
"""A network that would have less than this a fit is left out."""
ALWAYS: frozenset[str] = frozenset({"none", "morphology", "morphology+transport"})
"""Feature sets that cost little, or that targets of volumes need."""
CHEAP: frozenset[Kind] = frozenset({"trivial", "law"})


@dataclass(frozen=True)
class Cut:
    """One thing that a plan leaves out: the setting that does so, and the seconds by the clock that it saves."""

    what: str
    why: str
    setting: str
    saved: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Fitted:
    """A plan that fits a budget of seconds, and what it left out for it."""

    estimate: Estimate
    budget: float
    cuts: tuple[Cut, ...]


Estimating = Callable[[Settings], Estimate]
Proposal = tuple[str, str, str, Settings]
"""What is left out, why that, the setting, and the settings without it."""


def fit_budget(
    settings: Settings,
    budget: float,
    estimate: Estimating,
    models: Mapping[str, ModelInfo],
    weights: Mapping[str, float],
) -> Fitted:
    """Cut settings down, least loss first, until their plan fits ``budget`` seconds by the clock.

    ``weights`` are those of the targets. Raises SettingsError naming the least time where nothing fits.
    """
    now, cuts = estimate(settings), list[Cut]()
    while now.wall.likely > MARGIN * budget or now.untimed:
        for what, why, setting, changed in _proposals(now, budget, models, weights):
            after = estimate(changed)
            saved = now.wall.likely - after.wall.likely
            if after.works and (saved > 0 or len(after.untimed) < len(now.untimed)):
                cuts.append(Cut(what, why, setting, saved))
                now = after
                break
        else:
            least = in_words(now.wall.likely / MARGIN)
            raise SettingsError(
                f"--budget {in_words(budget)}: no plan fits; the least takes about {least} on these workers: "
                f"give that, more --workers, or fewer --models and --targets"
            )
    return Fitted(now, budget, tuple(cuts))


def _proposals(
    now: Estimate, budget: float, models: Mapping[str, ModelInfo], weights: Mapping[str, float]
) -> Iterator[Proposal]:
    """What could be left out next, what is missed least first."""
    for propose in (_studies, _gallery):
        yield from propose(now)
    yield from _networks(now, budget, models)
    for propose in (_intervals, _deals, _equal_size, _middle_sets):
        yield from propose(now)
    yield from _slower_models(now, models)
    yield from _regimes(now)
    yield from _targets(now, weights)


def _compared(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, comparison=replace(settings.comparison, **changes))


def _studies(now: Estimate) -> Iterator[Proposal]:
    study = now.settings.study
    if study.importance or study.ablation or study.learning_curves or study.costs:
        off = replace(study, importance=False, ablation=False, learning_curves=False, costs=False)
        why = "they change no score"
        yield "the studies", why, "study.* = false", replace(now.settings, study=off)


def _gallery(now: Estimate) -> Iterator[Proposal]:
    if now.settings.report.gallery:
        off = replace(now.settings.report, gallery=False)
        yield "the gallery", "it changes no score", "report.gallery = false", replace(now.settings, report=off)


def _networks(now: Estimate, budget: float, models: Mapping[str, ModelInfo]) -> Iterator[Proposal]:
    """Bounds for networks that have none, then no networks."""
    used = [name for name in now.models if models[name].kind == "network"]
    fits = sum(work.n_fits for work in now.works if work.job.model in used)
    seconds = round(NETWORK_SHARE * budget * now.workers / max(1, fits), 1)
    for name in used:
        own = now.settings.model.get(name, {})
        if name in now.untimed and seconds >= LEAST_NETWORK_SECONDS:
            bounded = {**now.settings.model, name: {**own, "seconds": seconds}}
            what = f"training of {name} beyond {in_words(seconds)} a fit"
            why = "nothing else bounds a network"
            yield what, why, f"model.{name}.seconds = {seconds:g}", replace(now.settings, model=bounded)
        yield from _without_models(
            now, [name], "what answers from descriptors is fitted in a fraction of the time of a network"
        )


def _intervals(now: Estimate) -> Iterator[Proposal]:
    if now.settings.comparison.intervals and any(work.interval_fits for work in now.works):
        yield "intervals", "scores do not need them", "comparison.intervals = []", _compared(now.settings, intervals=())


def _deals(now: Estimate) -> Iterator[Proposal]:
    if now.settings.comparison.repeats != 1:
        why = "more deals make scores steadier, not different"
        yield "all deals of the folds but the first", why, "comparison.repeats = 1", _compared(now.settings, repeats=1)


def _equal_size(now: Estimate) -> Iterator[Proposal]:
    if any(work.job.variant == "equal-size" for work in now.works):
        why = "it only says how much of the gap to random splits is due to fewer rows"
        yield "training at equal size", why, "comparison.equal_size = false", _compared(now.settings, equal_size=False)


def _middle_sets(now: Estimate) -> Iterator[Proposal]:
    """Sets between the richest with the image and its counterpart without, one by one, the poorest first."""
    used = _sets(now)
    richest = richest_with_image(used)
    if richest is None:
        return
    kept = ALWAYS | {richest, str(without_image(richest))}
    for name in used:
        item = FEATURE_SET_BY_NAME[name]
        if name not in kept and not (item.volumes or item.embedding):
            left = tuple(other for other in used if other != name)
            why = "the verdict on the image compares the richest set with its counterpart without"
            yield (
                f"the feature set {name}",
                why,
                _named("feature_sets", left),
                _compared(now.settings, feature_sets=left),
            )


def _sets(now: Estimate) -> list[str]:
    used = {work.job.features for work in now.works}
    return [item.name for item in FEATURE_SETS if item.name in used]


def _slower_models(now: Estimate, models: Mapping[str, ModelInfo]) -> Iterator[Proposal]:
    """The dearest model of which another of its kind stays; blends, which are made of others, as well."""
    dearest = sorted(now.models, key=lambda name: -now.models[name].likely)
    for name in dearest:
        kind = models[name].kind
        others = [other for other in now.models if other != name and models[other].kind == kind]
        if kind not in CHEAP and (others or kind == "ensemble"):
            why = f"{' and '.join(others)} of the same kind stay" if others else "it is made of models that stay"
            yield from _without_models(now, [name], why)
    for name in dearest:
        if models[name].kind not in CHEAP and models[name].kind not in ("booster", "linear"):
            yield from _without_models(now, [name], "a booster answers the same question in less time")


def _without_models(now: Estimate, names: list[str], why: str) -> Iterator[Proposal]:
    left = tuple(name for name in now.models if name not in names)
    if left:
        yield f"the model {' and '.join(names)}", why, _named("models", left), _compared(now.settings, models=left)


def _regimes(now: Estimate) -> Iterator[Proposal]:
    """Regimes other than the strictest, which is the headline."""
    regimes = now.settings.comparison.regimes
    headline = strictest(regimes) or regimes[-1]
    order = [*(name for name in regimes if name.startswith("ood-")), "random", "new-design", "new-structure"]
    for name in order:
        if name in regimes and name != headline:
            left = tuple(other for other in regimes if other != name)
            why = f"the headline is {headline}"
            yield f"the regime {name}", why, _named("regimes", left), _compared(now.settings, regimes=left)


def _targets(now: Estimate, weights: Mapping[str, float]) -> Iterator[Proposal]:
    """Targets other than the heaviest, the lightest first."""
    used = list(dict.fromkeys(work.job.target for work in now.works))
    heaviest = max(used, key=lambda name: weights[name])
    for name in sorted(used, key=lambda name: weights[name]):
        if name != heaviest:
            left = tuple(other for other in used if other != name)
            why = f"it weighs {weights[name]:g}, {heaviest} {weights[heaviest]:g}"
            yield f"the target {name}", why, _named("targets", left), _compared(now.settings, targets=left)


def _named(key: str, names: tuple[str, ...]) -> str:
    return f"comparison.{key} = {', '.join(names)}"
