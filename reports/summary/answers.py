"""The first screen in words: one headline, four questions with their answers, and cautions."""

from __future__ import annotations

from dataclasses import dataclass

from ..format import DASH, between, count, duration, lowered, plural, score, signed, size, word
from .cost import Cost
from .gap import Gaps
from .image_adds import ImageAdds
from .ranking import in_words
from .verdict import TargetVerdict, Verdict


@dataclass(frozen=True)
class Answer:
    """A question, a figure to remember, and the sentence that makes it true; ``section`` says where to read on."""

    question: str
    figure: str
    caption: str
    sentence: str
    section: str


@dataclass(frozen=True)
class Answers:
    """The first screen; ``cautions`` say what limits every number below."""

    headline: str
    judged: str
    intervals: str
    answers: tuple[Answer, ...]
    cautions: tuple[str, ...]


def answers(found: Verdict, gaps: Gaps, additions: ImageAdds, cost: Cost) -> Answers:
    """Sentences from the verdict, the gaps, the additions and the cost."""
    return Answers(
        headline=_headline(found),
        judged=_judged(found),
        intervals=_intervals(found),
        answers=(_image(found, additions), _noise(found), _optimism(found, gaps), _cost(cost)),
        cautions=_cautions(found, cost),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _headline(found: Verdict) -> str:
    counted = found.counted()
    beats, n = [item for item in counted if item.beats], len(counted)
    if not n:
        return "This run scored no target"
    if all(item.outcome == "none" for item in counted):
        return "No model was scored on any target"
    if n == 1:
        return _one_target(counted[0])
    if not beats:
        return f"None of {word(n)} targets is predicted better than by a trivial baseline, beyond noise"
    head = f"{_capital(word(len(beats)))} of {word(n)} targets {'is' if len(beats) == 1 else 'are'} predicted better than by a trivial baseline"
    derived = sum(bool(item.target.derivable) for item in beats)
    if derived:
        head += f"; {word(derived)} of them a descriptor computes outright"
    return head


def _one_target(item: TargetVerdict) -> str:
    label = item.target.label
    if item.beats:
        return f"{label} is predicted better than by a trivial baseline"
    if item.outcome == "baseline":
        return f"{label} is predicted best by a trivial baseline"
    return f"Whether {lowered(label)} can be predicted better than by a trivial baseline is undetermined"


def _judged(found: Verdict) -> str:
    parts = []
    for regime in reversed(found.regimes):
        n = sum(item.regime is not None and item.regime.name == regime.name for item in found.counted())
        if n:
            parts.append(f"under {regime.label}, {regime.meaning} ({plural(n, 'target')})")
    return f"Judged {', and '.join(parts)}." if parts else ""


def _intervals(found: Verdict) -> str:
    """The conditions under which intervals hold: the deals of the folds of each regime."""
    if not any(item.corrected for item in found.targets):
        return ""
    several = [item for item in found.regimes if (item.n_repeats or 1) > 1]
    single = [item for item in found.regimes if (item.n_repeats or 1) == 1]
    dealt = [f"{item.label} was dealt {word(item.n_repeats or 1)} times" for item in reversed(several)]
    if found.network_repeats is not None and several:
        times = {1: "once", 2: "twice"}.get(found.network_repeats, f"{word(found.network_repeats)} times")
        dealt.append(f"its networks {times}")
    sentence = (
        "Skill and its 95 % interval are corrected for the choice among all candidates, and hold for new groups of the same "
        "population at this size of training"
    )
    if dealt:
        sentence += f"; {', '.join(dealt)}"
    if single:
        labels = " and ".join(item.label for item in single)
        were = "" if dealt else "was dealt " if len(single) == 1 else "were dealt "
        sentence += f"; {labels} {were}once, so there intervals are conditional on that deal of the folds"
    return f"{sentence}."


def _image(found: Verdict, additions: ImageAdds) -> Answer:
    """The count of the table below, whose column shows the addition of each target's best candidate."""
    question, section = "What does the image add?", "image"
    shown = [item for item in found.counted() if item.addition is not None and item.addition.estimate.known]
    if not shown:
        reason = additions.reason or "No addition was computed for a best candidate under the headline regime."
        return Answer(question, DASH, "not measured", reason, section)
    signs = [item.addition.sign for item in shown if item.addition is not None]
    n, better, worse = len(shown), signs.count("positive"), signs.count("negative")
    rest = [
        f"undetermined for {n - better - worse}" if n > better + worse else "",
        f"worse for {worse}" if worse else "",
    ]
    sentence = f"Beside the same columns without the image, descriptors improve the best candidate of {better} of {plural(n, 'cell target')} beyond noise"
    sentence += f"; {', '.join(filter(None, rest))}." if any(rest) else "."
    names = {item.target.name for item in shown}
    with_any = sum(
        any(item.sign == "positive" for item in target.headline)
        for target in additions.targets
        if target.target.name in names
    )
    if with_any > better:
        sentence += f" With some other candidate they do for {word(with_any)}."
    if additions.corrected:
        sentence += " Intervals hold together for all models and targets."
    top = max(
        ((item, item.addition) for item in shown if item.addition is not None and item.addition.sign == "positive"),
        key=lambda pair: pair[1].estimate.value,
        default=None,
    )
    if top is not None:
        most, interval = top[1], between(top[1].estimate.lo, top[1].estimate.hi)
        sentence += f" Most: {signed(most.estimate.value)} {_metric(most.metric)} ({interval}) on {lowered(top[0].target.label)} with {most.model.label}."
    return Answer(question, f"{better} of {n}", "cell targets better, beyond noise", sentence, section)


def _metric(name: str) -> str:
    return "R²" if name == "r2" else name


def _noise(found: Verdict) -> Answer:
    counted = found.counted()
    beats, n = sum(item.beats for item in counted), len(counted)
    winners, ties = found.number_of("winner"), found.number_of("tie")
    undetermined, baseline, nothing = (found.number_of(name) for name in ("undetermined", "baseline", "none"))
    parts = [
        f"{word(winners)} with a single winner" if winners else "no target has a single winner",
        f"{word(ties)} where several models are level" if ties else "",
        f"{word(undetermined)} undetermined" if undetermined else "",
        f"the baseline wins {word(baseline)}" if baseline else "",
        f"{word(nothing)} without a result" if nothing else "",
    ]
    return Answer(
        "Is it more than noise?",
        f"{beats} of {n}",
        "targets beat the baseline, beyond noise",
        _capital("; ".join(part for part in parts if part))
        + ". Intervals resample whole volumes and designs, and deals of the folds.",
        "verdict",
    )


def _optimism(found: Verdict, told: Gaps) -> Answer:
    question, section = "How optimistic is a random split?", "gap"
    gaps = [item.gap for item in found.targets if item.gap and item.gap.estimate.known]
    if not gaps:
        return Answer(question, DASH, "not measured", "This run has no two regimes to compare.", section)
    certain = [gap for gap in gaps if gap.sign == "positive"]
    most = max(certain or gaps, key=lambda gap: gap.estimate.value)
    label = lowered(most.target.label)
    sentence = (
        f"On {label} the best model scores R² {score(most.r2_random)} on a random split and {score(most.r2_hard)} under "
        f"{most.regime.label}; the gap is {between(most.estimate.lo, most.estimate.hi) or 'without an interval'}."
    )
    if len(gaps) > 1:
        sentence += f" Of {word(len(gaps))} gaps {word(len(certain)) if certain else 'none'} {'is' if len(certain) == 1 else 'are'} beyond noise."
    if told.rankings:
        sentence += f" {in_words(told.rankings[0])}"
    caption = "R² too much, at worst" if certain else "R² at most, undetermined"
    return Answer(question, signed(most.estimate.value), caption, sentence, section)


def _cost(cost: Cost) -> Answer:
    parts = [f"{plural(cost.n_fits, 'fit')} of {plural(len(cost.models), 'model')}"] if cost.models else []
    if cost.models and cost.models[0].seconds > 0:
        dearest = cost.models[0]
        parts.append(f"{dearest.model.label} took the most, {duration(dearest.seconds)}")
    sentence = "; ".join(parts) + "." if parts else "The manifest lists no jobs."
    if cost.peak_memory == cost.peak_memory:
        sentence += f" Peak memory {size(cost.peak_memory)}."
    if cost.unfinished:
        n = sum(n for _, n in cost.unfinished)
        sentence += f" {count(n)} {'job' if n == 1 else 'jobs'} did not finish."
    return Answer("What did it cost?", duration(cost.wall), "of wall time", sentence, "cost")


def _cautions(found: Verdict, cost: Cost) -> tuple[str, ...]:
    cautions = [
        f"The stage {stage} failed: {reason}. The same command goes on with it." for stage, reason in cost.failed_stages
    ]
    cautions += [
        f"{regime.label} is exploratory: {plural(regime.n_groups_volume or 0, 'volume group')} and "
        f"{plural(regime.n_groups_design or 0, 'design group')}; below ten in either, read intervals with care."
        for regime in found.regimes
        if regime.exploratory
    ]
    if any(regime.optimistic for regime in found.regimes):
        cautions.append(
            "Only a random split was defined for some targets: it is optimistic and says nothing about new volumes or designs."
        )
    tried = max((item.n_candidates for item in found.targets if not item.corrected), default=0)
    if tried > 1:
        cautions.append(
            f"The best of up to {count(tried)} candidates is chosen on the rows that it is scored on, so its skill flatters a little."
        )
    return tuple(cautions)
