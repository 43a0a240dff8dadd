"""Base of all boosters: their settings, and the fit that stops early and is then repeated on all rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from ..base import FitContext, Fitted, ModelInfo, Rows, TrainingData
from .boosting import check_positive, leaf_rows
from .checks import checked_size, checked_target, some_columns
from .refit_rows import concatenated


class FittedBooster(Fitted, Protocol):
    """A fitted booster, which knows how many rounds it has."""

    @property
    def rounds(self) -> int:
        """Rounds of boosting."""
        ...


F = TypeVar("F", bound=FittedBooster)


@dataclass(frozen=True)
class Booster(ABC, Generic[F]):
    """Base of the boosters: a booster declares ``info`` and ``fitted`` and how it boosts a given number of rounds."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]]

    rounds: int = 1000
    """Most rounds of boosting."""
    rounds_unvalidated: int = 300
    """Rounds where no validation part is given to stop on."""
    learning_rate: float = 0.1
    """Step of boosting: the share of each tree's output that is added."""

    def __post_init__(self) -> None:
        check_positive(
            self.info.name,
            rounds=self.rounds,
            rounds_unvalidated=self.rounds_unvalidated,
            learning_rate=self.learning_rate,
        )

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> F:
        """Boost, choose the number of rounds on ``valid``, then fit all rows of the fold with that number.

        Models that need no validation part keep all rows of a fold; without the second fit a booster
        would be compared on a fifth fewer groups than they are, in two dimensions at once. Raises ModelError for no columns, too many rows,
        wrong targets and for any error of the library.
        """
        some_columns(train.rows, self.info.label)
        checked_size(train.rows, self.info)
        checked_target(train)
        if valid is None:
            return self._boost(train, None, self.rounds_unvalidated, context)
        checked_target(valid, "validation rows")
        return self._fit_in_rounds(train, valid, context)

    def _fit_in_rounds(self, train: TrainingData, valid: TrainingData, context: FitContext) -> F:
        found = self._boost(train, valid, self.rounds, context)
        if not self._fits_again:
            return found
        return self._boost(concatenated(train, valid, context.rest), None, self._best_rounds(found, valid), context)

    @abstractmethod
    def _boost(self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext) -> F:
        """At most ``rounds`` rounds, cut at the best one where the library can find it by ``stop_on``."""

    @property
    def _fits_again(self) -> bool:
        return True

    def _best_rounds(self, found: F, valid: TrainingData) -> int:
        """The number of rounds to fit all rows with."""
        return found.rounds


@dataclass(frozen=True)
class EarlyStoppingBooster(Booster[F]):
    """Base of the boosters whose library stops by itself where the validation part gets no better."""

    patience: int = 25
    """Rounds without improvement on the validation part before training stops."""
    subsample: float = 0.7
    """Share of the rows that each tree sees."""
    refit: bool = True
    """Fit again on all rows of the training fold with the number of rounds found."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self.info.name, patience=self.patience, subsample=self.subsample)

    @property
    def _fits_again(self) -> bool:
        return self.refit


@dataclass(frozen=True)
class GroupedLeaves:
    """Settings of the boosters that bound the size of a leaf, for rows that share volumes."""

    info: ClassVar[ModelInfo]

    min_leaf: int = 3
    """Fewest rows in a leaf (weights of mean 1)."""
    leaf_share: float = 0.5
    """A leaf also holds at least this share of the mean number of rows a volume."""

    def __post_init__(self) -> None:
        check_positive(self.info.name, min_leaf=self.min_leaf)

    def leaf_rows(self, rows: Rows) -> int:
        """Fewest rows in a leaf of trees that are grown on ``rows``."""
        return leaf_rows(rows, self.min_leaf, self.leaf_share)
