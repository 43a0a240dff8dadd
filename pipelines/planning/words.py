"""A plan in words: the table that ``--plan`` prints, the lines of the log, the sentence of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..execution.durations import in_words
from ..execution.memory import GIB
from .screening_costs import KEPT

if TYPE_CHECKING:
    from .plan import Plan
    from .span import Span

_MEGABYTE = 1e6


def table(plan: Plan) -> str:
    """The whole plan, for people."""
    return "\n".join([*_head(plan), "", *_stages(plan), "", *_foot(plan)])


def lines(plan: Plan) -> Iterator[str]:
    """A few lines for the log."""
    estimate = plan.estimate
    yield from _head(plan)
    yield (
        f"about {in_words(estimate.wall.likely)} on {_counted(estimate.workers, 'worker')} "
        f"({in_words(estimate.wall.low)} to {in_words(estimate.wall.high)}), processor time "
        f"{in_words(estimate.seconds.likely)}, at most {estimate.peak_bytes / GIB:.1f} GiB of memory"
    )
    yield from _left_out(plan)


def sentence(plan: Plan) -> str | None:
    """What a budget left out, None where it left out nothing."""
    if not plan.cuts or plan.budget is None:
        return None
    return f"{in_words(plan.budget)}: without {_listed([cut.what for cut in plan.cuts])}"


def _head(plan: Plan) -> Iterator[str]:
    estimate = plan.estimate
    yield (
        f"{plan.name}: {plan.n_rows:,} rows, {plan.n_volumes:,} volumes of {plan.shape} voxels, "
        f"{_counted(plan.n_designs, 'design')}"
    )
    largest = max((max(work.all_fits) for work in estimate.works), default=0)
    yield f"{_counted(len(estimate.works), 'job')}, {_counted(estimate.n_fits, 'fit')}, the largest on {largest:,} rows"
    if plan.rules:
        yield f"of a set of this size: {'; '.join(plan.rules)}"


def _stages(plan: Plan) -> Iterator[str]:
    estimate = plan.estimate
    rows = [("", "processor time", "between", f"on {_counted(estimate.workers, 'worker')}")]
    for line in estimate.lines:
        rows.append((line.stage, *_span(line.seconds), in_words(line.wall.likely)))
        if line.stage == "models":
            rows += [
                (f"  {name}", *_span(seconds), "")
                for name, seconds in sorted(estimate.models.items(), key=lambda item: -item[1].likely)
                if name not in estimate.untimed
            ]
            rows += [(f"  {name}", "no bound", "", "") for name in estimate.untimed]
    rows.append(("together", *_span(estimate.seconds), in_words(estimate.wall.likely)))
    yield from _aligned(rows)


def _foot(plan: Plan) -> Iterator[str]:
    estimate = plan.estimate
    yield (
        f"by the clock {in_words(estimate.wall.likely)}, between {in_words(estimate.wall.low)} and "
        f"{in_words(estimate.wall.high)}; memory at most {estimate.peak_bytes / GIB:.1f} GiB; "
        f"disk about {estimate.disk_bytes / _MEGABYTE:,.0f} MB"
    )
    for name in estimate.untimed:
        yield f"{name}: a network trains until it gets no better; model.{name}.seconds or --budget bounds it"
    yield (
        f"timed on {_counted(plan.n_timed, 'volume')} ({plan.n_cached} of them in the cache, and so the same share of all), "
        f"{plan.n_sampled:,} rows and short fits with stand-ins for the descriptors; scores, gallery, bundle and report are not timed"
    )
    if any(line.stage == "screening" for line in estimate.lines):
        yield (
            f"jobs and fits are those without screening; of the candidates that are screened {KEPT.low:.0%} to {KEPT.high:.0%} "
            f"are taken to be fitted in full"
        )
    yield from _left_out(plan)
    yield "nothing is written yet"


def _left_out(plan: Plan) -> Iterator[str]:
    if plan.budget is None:
        return
    yield f"budget {in_words(plan.budget)}: " + ("all of it fits" if not plan.cuts else "left out, in this order")
    for cut in plan.cuts:
        key, _, value = cut.setting.partition(" = ")
        setting = key if "," in value else cut.setting
        yield f"  {cut.what} ({setting}): {cut.why}; saves {in_words(cut.saved)}"


def _span(seconds: Span) -> tuple[str, str]:
    return in_words(seconds.likely), f"{in_words(seconds.low)} and {in_words(seconds.high)}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(rest, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _listed(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
