"""Gain from the image: a model with descriptors against the same model on the same columns without them.

Like is compared with like: physics features join a volume with a design, so their counterpart has the same features
of the mean volume. Many models and sets are tried on many targets, and the one that gains most by luck would tell.
So the bounds of all differences of a regime hold together at 95 %: they are W c standard errors away, c the
quantile of the largest |t| of all of them over the draws (single-step max-t: Hothorn, Bretz & Westfall 2008,
doi:10.1002/bimj.200810425), which knows how much they go together.

Columns that say nothing may still help a model that fits too closely without them (nearest neighbours, random
splits): they smooth it. So a gain counts only where the model also errs less than every model without the image.

Where training has seen the volumes of the test rows (R1 and R3) descriptors tell volumes apart whatever they mean, so
there a gain is no proof that the image matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...array_types import Floats
from ...schema import OWN, OWN_WITHOUT_IMAGE, without_image
from .contrast import Contrast, contrast, log_ratio
from .interval import LEVEL, Interval, quantile, widening
from .losses import Key, LossTable


@dataclass(frozen=True, eq=False)
class Addition:
    """What one model gains on one target: its row of ``schema.IMAGE_ADDS`` but for bounds and verdict."""

    row: Mapping[str, Any]
    found: Contrast
    ahead: bool
    """Whether it errs less than every model without the image; of an entry, than itself without."""


@dataclass(frozen=True, eq=False)
class Additions:
    """The additions of one target under one regime, and their largest |deviation| in each draw, in standard deviations."""

    regime: str
    found: tuple[Addition, ...]
    largest: Floats


def additions(panel: LossTable, keys: Collection[Key]) -> Additions:
    """Differences of R2 and of skill, one a model, richer set (those of ``keys`` alone) and metric."""
    totals = {"r2": panel.sst}
    if panel.baseline is not None:
        totals["skill"] = panel.baseline.point["se"], panel.baseline.draws["se"]
    found: list[Addition] = []
    largest = np.zeros(len(panel.shared.draws["one"]), np.float32)
    controls = {
        without for _, features in panel.models if (without := counterpart(features)) not in (None, OWN_WITHOUT_IMAGE)
    }
    least = min(
        (own.point["se"] for (_, features), own in panel.models.items() if features in controls), default=np.inf
    )
    for model, features in panel.models:
        without = counterpart(features)
        if without is None or (model, features) not in keys or (model, without) not in panel.models:
            continue
        sides = panel.models[model, features], panel.models[model, without]
        _, draws = log_ratio(*sides)
        if np.isfinite(draws).all() and draws.std() > 0:
            largest = np.maximum(largest, np.abs(draws - draws.mean()) / draws.std())
        about = {"target": panel.target, "model": model, "regime": panel.regime}
        about |= {"features_with": features, "features_without": without, "scale": panel.scale}
        for metric, total in totals.items():
            row = {**about, "metric": metric}
            ahead = features == OWN or sides[0].point["se"] < least
            found.append(Addition(row, contrast(*sides, total, panel.cells.degrees_of_freedom), ahead))
    return Additions(panel.regime, tuple(found), largest)


def image_rows(found: Sequence[Additions], seed: int) -> Iterator[dict[str, Any]]:
    """Rows of ``schema.IMAGE_ADDS`` of all targets, with bounds that hold together within each regime.

    verdict: ``adds``, ``harms``, or ``undetermined`` where the interval holds 0 or a model without the image errs less.
    """
    for regime in dict.fromkeys(part.regime for part in found):
        own = [part for part in found if part.regime == regime and part.found]
        critical = _critical(own, seed)
        for addition in (addition for part in own for addition in part.found):
            bounds = addition.found.within(max(critical, quantile(addition.found.degrees_of_freedom)))
            yield {
                **addition.row,
                "value": bounds.value,
                "lo": bounds.lo,
                "hi": bounds.hi,
                "verdict": _verdict(bounds, ahead=addition.ahead),
            }


def counterpart(features: str) -> str | None:
    """The set that is the same but for the image; None where there is none."""
    if features == OWN:
        return OWN_WITHOUT_IMAGE
    return without_image(features)


def _critical(found: Iterable[Additions], seed: int) -> float:
    """The quantile of the largest |t|: draws of the numerators over those of a common chi."""
    parts = list(found)
    freedom = min((item.found.degrees_of_freedom for part in parts for item in part.found), default=0)
    if freedom < 1:
        return float("nan")
    largest = np.max([part.largest for part in parts], axis=0)
    chi = np.sqrt(np.random.default_rng([seed, freedom, 0xC41]).chisquare(freedom, len(largest)) / freedom)
    return widening(freedom) * float(np.quantile(largest / chi, LEVEL))


def _verdict(added: Interval, *, ahead: bool) -> str:
    if added.undetermined or (added.value > 0 and not ahead):
        return "undetermined"
    return "adds" if added.value > 0 else "harms"
