"""The leak probes on a complete and on an incomplete crossing, with their results as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import RunError
from ...schema import REGIME_BY_NAME
from ..execution.parallel import Progress
from .leak_probes import LUCK, LUCKY_SHARE, SEEN_SCORE, ProbeResult, self_check

DRAWS, VOLUMES, DESIGNS = 20, 60, 30
ROWS_PER_VOLUME = 10
"""Rows of a volume in the incomplete crossing."""


@dataclass(frozen=True)
class ProbeOutcome:
    """Outcome of a probe under one regime on one crossing."""

    crossing: str
    result: ProbeResult

    def as_dict(self) -> dict[str, Any]:
        """Plain values: probe, regime, crossing, seen, passed, and the R2 of the draws in short."""
        scores = np.array(self.result.scores)
        return {
            "probe": self.result.probe,
            "regime": self.result.regime,
            "crossing": self.crossing,
            "seen": self.result.seen,
            "passed": self.result.passed,
            "draws": len(scores),
            "lowest": float(scores.min()),
            "median": float(np.median(scores)),
            "highest": float(scores.max()),
            "lucky": int((scores > LUCK).sum()),
        }


def check_folds(
    *,
    draws: int = DRAWS,
    n_volumes: int = VOLUMES,
    n_designs: int = DESIGNS,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[ProbeOutcome, ...]:
    """Every probe under every main regime on both crossings, on the machinery that comparisons use."""
    crossings: Mapping[str, int | None] = {"complete": None, "incomplete": ROWS_PER_VOLUME}
    checked: list[ProbeOutcome] = []
    for done, (crossing, rows_per_volume) in enumerate(crossings.items(), start=1):
        size = {"n_volumes": n_volumes, "n_designs": n_designs, "rows_per_volume": rows_per_volume}
        checked += [ProbeOutcome(crossing, result) for result in self_check(draws=draws, seed=seed, **size)]  # type: ignore[arg-type]
        if progress is not None:
            progress(done, len(crossings))
    return tuple(checked)


def refuse_leaks(checked: Sequence[ProbeOutcome]) -> None:
    """RunError naming the probes that failed, if any did."""
    failed = [item for item in checked if not item.result.passed]
    if failed:
        named = "; ".join(_in_words(item) for item in failed)
        raise RunError(f"{len(failed)} of {len(checked)} leak probes failed, so no score can be trusted: {named}")


def table(checked: Sequence[ProbeOutcome]) -> str:
    """The results for a terminal, and the rule they are held to."""
    head = ("probe", "crossing", "regime", "ids", "lowest", "median", "highest", "")
    lines = [head, *(_line(item.as_dict()) for item in checked)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    rule = (
        f"R2 of {checked[0].as_dict()['draws']} draws. Seen ids: every draw above {SEEN_SCORE}. Unseen ids: median at most 0, "
        f"at most {LUCKY_SHARE:.0%} of the draws above {LUCK}."
    )
    return "\n".join([*shown, "", rule])


def _line(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        values["probe"],
        values["crossing"],
        f"{REGIME_BY_NAME[values['regime']].label} {values['regime']}",
        "seen" if values["seen"] else "unseen",
        *(f"{values[name]:.3f}" for name in ("lowest", "median", "highest")),
        "passed" if values["passed"] else "FAILED",
    )


def _in_words(item: ProbeOutcome) -> str:
    values = item.as_dict()
    told = (
        f"the lowest R2 is {values['lowest']:.2f}, expected above {SEEN_SCORE}: the probe itself is dead"
        if item.result.seen
        else f"the median R2 is {values['median']:.2f} with {values['lucky']} of {values['draws']} draws above {LUCK}: the folds leak"
    )
    return f"{item.result.probe}, {item.result.regime}, {item.crossing} crossing ({told})"
