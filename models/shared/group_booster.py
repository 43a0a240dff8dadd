"""Boosting for rows in groups: leaves that hold several designs, rounds by folds that share no group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from ...errors import SettingsError
from .booster import EarlyStoppingBooster, F, GroupedLeaves
from .boosting import check_positive
from .checks import checked_size, checked_target, some_columns
from .held_out import chosen_rows, folds_of, held_out_groups
from .nested_fits import NestedFits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...array_types import Ints
    from ..base import FitContext, Rows, TrainingData
    from .nested import NestedFold

FEWEST_GROUPS = 10
"""With fewer groups in a test part the number of rounds is not chosen by it."""
MANY_DESIGNS = 30
"""With more designs in training the designs a leaf holds are chosen too."""
CANDIDATES = (1.0, 2.0, 4.0)
"""Designs a leaf, where they are chosen."""
ALIKE = 0.05
"""The largest leaves are taken whose error exceeds the least by no more than this share."""


@dataclass(frozen=True)
class GroupBooster(EarlyStoppingBooster[F], GroupedLeaves):
    """Base of the default boosters, beside the plain ones that they boost with.

    Where test rows are of new designs, a leaf of a few rows of one volume holds a few rows of one design and
    memorises that design. So a leaf holds at least ``designs_a_leaf`` times the mean number of rows a design there,
    and half those of a volume where volumes are new, at most a quarter of all rows. Rounds are chosen by
    the nested folds, which cut the training rows as the regime cuts all: the median over the folds of the round
    with the least error; and with more than 30 designs so is the number of designs a leaf (1, 2 or 4).
    Where a part to test on would have fewer than 10 groups there are ``rounds_unvalidated``. All rows are fitted in the end.
    """

    designs_a_leaf: float = 4.0
    """A leaf holds at least this many times the mean number of rows a design, where test rows are of new designs."""
    rounds_unvalidated: int = 100
    """Rounds where there are too few groups to choose them by."""
    choose: bool = True
    """Whether nested folds choose the rounds, and the designs a leaf where there are more than 30 designs."""

    def __post_init__(self) -> None:
        EarlyStoppingBooster.__post_init__(self)
        GroupedLeaves.__post_init__(self)
        check_positive(self.info.name, designs_a_leaf=self.designs_a_leaf)
        if not self.refit:
            raise SettingsError(f"model {self.info.name}: refit cannot be turned off, all rows are fitted in the end")

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> F:
        """Choose rounds and leaves, then boost on all rows.

        Raises ModelError for no columns, too many rows, wrong targets and for any error of the library.
        """
        some_columns(train.rows, self.info.label)
        checked_size(train.rows, self.info)
        checked_target(train)
        groups = held_out_groups(train.rows, context)
        designs, rounds = self._chosen(train, groups, context)
        leafy = self._leafy(train.rows, groups, designs)
        return leafy._boost(train, None, rounds, context)  # noqa: SLF001  its own

    def _chosen(self, train: TrainingData, groups: Mapping[str, Ints], context: FitContext) -> tuple[float, int]:
        """Designs a leaf and rounds with the least error over the nested folds."""
        fallback = self.designs_a_leaf, min(self.rounds_unvalidated, self.rounds)
        folds = folds_of(train.rows, context).folds if self.choose else ()
        if not folds or any(_fewest(groups, fold) < FEWEST_GROUPS for fold in folds):
            return fallback
        many = len(np.unique(groups["design"])) > MANY_DESIGNS if "design" in groups else False
        fits = NestedFits(train, context)
        errors = {}
        for designs in sorted({*CANDIDATES, self.designs_a_leaf}) if many else (self.designs_a_leaf,):
            total, rounds = 0.0, []
            for number, fold in enumerate(folds):
                known, held = (
                    fits.part(part[chosen_rows(len(part), context.seed + number)]) for part in (fold.fit_all, fold.test)
                )
                of = {name: group[fold.fit_all] for name, group in groups.items()}
                leafy, held_out = self._leafy(known.rows, of, designs), replace(held, weight=None)
                found = leafy._boost(known, held_out, self.rounds, context)  # noqa: SLF001  its own
                total += float(((found.predict(held.rows).y.astype(np.float64) - held.y) ** 2).sum())
                rounds.append(found.rounds)
            errors[designs] = total, max(1, round(float(np.median(rounds))))
        least = min(error for error, _ in errors.values())
        best = max(designs for designs, (error, _) in errors.items() if error <= (1 + ALIKE) * least)
        return best, errors[best][1]

    def _leafy(self, rows: Rows, groups: Mapping[str, Ints], designs: float) -> Self:
        """The booster with the size of its leaves worked out for these rows."""
        least = float(self.min_leaf)
        if "volume" in groups:
            least = max(least, self.leaf_share * len(rows) / len(np.unique(rows.volume)))
        if "design" in groups:
            least = max(least, designs * len(rows) / len(np.unique(rows.design)))
        return replace(self, min_leaf=int(np.ceil(least)), leaf_share=0.0)


def _fewest(groups: Mapping[str, Ints], fold: NestedFold) -> int:
    return min(len(np.unique(group[fold.test])) for group in groups.values())
