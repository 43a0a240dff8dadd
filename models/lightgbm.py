"""Gradient-boosted trees with LightGBM, their leaves and rounds chosen for rows in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Fitted, ModelInfo
from .lightgbm_plain import FittedLightGBM, LightGBMPlain
from .shared.checks import TABLE_SETS
from .shared.group_booster import GroupBooster
from .shared.space import SearchRange


@dataclass(frozen=True)
class LightGBM(GroupBooster[FittedLightGBM], LightGBMPlain):
    """Settings of LightGBM: those of ``lightgbm-plain``, but leaves and rounds are chosen for rows in groups.

    Trees and steps are smaller too: on a synthetic crossing with 67 training designs they are worth .02 of R2.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="lightgbm",
        label="LightGBM",
        kind="booster",
        meaning="trees grown leaf by leaf whose leaves hold several designs, one model a target",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        devices=("cpu", "cuda"),
        reference="Ke et al. 2017, Advances in Neural Information Processing Systems 30",
    )
    fitted: ClassVar[type[Fitted]] = FittedLightGBM
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("num_leaves", 7, 127, log=True, whole=True),
        SearchRange("designs_a_leaf", 1.0, 8.0, log=True),
        SearchRange("subsample", 0.5, 1.0),
    )

    learning_rate: float = 0.05
    num_leaves: int = 8
    column_share: float = 0.5
    rounds_unvalidated: int = 200
    """Rounds where there are too few groups to choose them by."""

    def __post_init__(self) -> None:
        LightGBMPlain.__post_init__(self)
        GroupBooster.__post_init__(self)
