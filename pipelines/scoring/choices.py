"""Score of the best candidate, corrected for its choice: rows of the table ``choices``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .choice import chosen
from .common_folds import CommonFolds
from .interval import explained_interval
from .scores import r2, skill


def choice_rows(common: CommonFolds, trivial: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """R2 and skill of choosing among the candidates that have all folds, trivial baselines apart."""
    panel = common.whole
    candidates = [key for key in panel.models if key[0] not in trivial]
    if not candidates:
        return
    best = min(candidates, key=lambda key: panel.models[key].point["se"])
    taken, losses = chosen(panel, candidates), common.procedure(panel, candidates)
    for metric, score in (("r2", r2), ("skill", skill)):
        found = score(panel, losses)
        interval = explained_interval(1 - found.value, 1 - found.draws, panel.cells.degrees_of_freedom)
        yield {
            "target": panel.target,
            "model": best[0],
            "features": best[1],
            "regime": panel.regime,
            "metric": metric,
            "scale": panel.scale,
            "value": interval.value,
            "lo": interval.lo,
            "hi": interval.hi,
            "value_chosen": score(panel, panel.models[best]).value,
            "share": sum(key == best for key in taken) / len(taken),
            "n_candidates": len(candidates),
            "n_folds": len(panel.folds.ids),
            "n_repeats": len({repeat for repeat, _ in panel.folds.ids}),
        }
