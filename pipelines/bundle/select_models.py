"""Choice of the compared models that go into a bundle.

A comparison fits hundreds of combinations; a bundle holds, for each target,

- ``best``, under each main regime: the simplest model whose squared error is within 2 % of the smallest one. The
  folds of the comparison are inner folds of all rows, on which it is then fitted. From the simplest: mean and other trivial ones,
  laws, ridge, elastic net and other linear ones, boosters, the Gaussian process and the like, blends, networks,
- ``booster``, under the strictest regime: every booster on the richest feature set it was compared on,
- ``network``, under the strictest regime: every network. None is ever ``best``, which answers from descriptors alone
  and without any extra.

One model a regime, because a query is a case of one: what predicts best, when to stop and how much to
shrink differ between new volumes at known designs and a cell that is new in both ways, and residuals
of one regime say nothing of a model that was tuned for another. Skill, R2 and RMSE order models alike
under one regime, so RMSE, which is always defined, decides. Models that only know ids (a mean by
design) cannot answer for new ones and are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from ...errors import RunError
from ...models.base import Kind, ModelInfo
from ...schema import FEATURE_SET_BY_NAME, FEATURE_SETS, MAIN_REGIMES, Target
from ..data.contract_file import run_contract
from ..scoring.losses import Key, prediction_files
from ..scoring.optimism_gap import strictest
from ..training.job import Job

Role = Literal["best", "booster", "network"]

ALIKE = 0.02
"""Share of the smallest squared error by which a simpler model may exceed it."""
SIMPLEST_FIRST: tuple[Kind, ...] = ("trivial", "law", "linear", "booster", "other", "ensemble", "network")
SIMPLEST_LINEAR = "ridge"
SCORES = ("skill", "r2", "rmse")


@dataclass(frozen=True)
class SelectedModel:
    """One model to be fitted on all rows: what it predicts, from what, for which queries, and why it is kept."""

    target: str
    model: str
    features: str
    regime: str
    roles: tuple[Role, ...]
    reason: str
    scores: Mapping[str, float] = field(default_factory=dict)
    """Under ``regime``, on the learned scale: what was estimated before the refit."""


@dataclass(frozen=True)
class Selection:
    """The models of a bundle, and the targets that it does without, with the reason."""

    chosen: tuple[SelectedModel, ...]
    without: Mapping[str, str]


def choose(run_dir: Path, models: Sequence[ModelInfo]) -> Selection:
    """The models of a run that its bundle holds; ``models`` are all there are, the simplest first.

    Raises RunError where a score table is missing.
    """
    scores = read_scores(run_dir)
    by_name = {info.name: info for info in models}
    jobs, contract = prediction_files(run_dir), run_contract(run_dir)
    chosen: list[SelectedModel] = []
    without: dict[str, str] = {}
    for target in (item.name for item in contract.targets if any(job.target == item.name for job in jobs)):
        own = [job for job in jobs if job.target == target and _answers_for_new(job, by_name)]
        regimes = _regimes(contract.target(target), {job.regime for job in own})
        if not regimes:
            without[target] = "no compared model can answer for new volumes and designs"
        for regime in regimes:
            ranking = _Ranking(contract.target(target), regime, by_name, scores)
            able = [(job.model, job.features) for job in own if job.regime == regime]
            chosen += _under(ranking, able, strictest=regime == (strictest(regimes) or regimes[0]))
    kept_back = {job.model for job in jobs if job.model in by_name and not by_name[job.model].storable}
    without |= dict.fromkeys(sorted(kept_back), "cannot be written without pickle")
    return Selection(tuple(chosen), without)


def _regimes(target: Target, compared: Collection[str]) -> tuple[str, ...]:
    """The regimes that a target is served under: a volume alone can only be new or not, so one is enough there."""
    found = tuple(regime for regime in MAIN_REGIMES if regime in compared)
    return found[:1] if target.volume_only else found


def read_scores(run_dir: Path) -> pd.DataFrame:
    """The scores of a run; RunError where there are none yet."""
    path = run_dir / "scores.parquet"
    if not path.is_file():
        raise RunError(f"{path}: the scores must be there before final models can be chosen")
    return pd.read_parquet(path)


def _answers_for_new(job: Job, by_name: Mapping[str, ModelInfo]) -> bool:
    info = by_name.get(job.model)
    kept = info is not None and info.storable and not info.requires_seen_ids
    return kept and not FEATURE_SET_BY_NAME[job.features].control


def looks(features: str) -> bool:
    """Whether a feature set holds voxels or a network's embedding of them."""
    feature_set = FEATURE_SET_BY_NAME[features]
    return feature_set.volumes or feature_set.embedding


class _Ranking:
    """The scores of one target under one regime, on the scale that is learned."""

    def __init__(
        self,
        target: Target,
        regime: str,
        by_name: Mapping[str, ModelInfo],
        scores: pd.DataFrame,
    ) -> None:
        self.target, self.regime, self.by_name = target.name, regime, by_name
        own = _of(scores, target, regime)
        self._scores = {(row.model, row.features, row.metric): float(row.value) for row in own.itertuples(index=False)}

    def simplicity(self, key: Key) -> tuple[int, bool, int, int]:
        """Kind of model first (ridge before other linear ones), then its inputs, then its position in the list."""
        info = self.by_name[key[0]]
        place = list(self.by_name).index(info.name)
        return SIMPLEST_FIRST.index(info.kind), info.name != SIMPLEST_LINEAR, _richness(key[1]), place

    def rmse(self, key: Key) -> float:
        return self._scores.get((*key, "rmse"), float("inf"))

    def alike(self, one: Key, other: Key) -> bool:
        return one == other or self.rmse(one) ** 2 <= (1 + ALIKE) * self.rmse(other) ** 2

    def scores(self, key: Key) -> dict[str, float]:
        return {name: self._scores[*key, name] for name in SCORES if (*key, name) in self._scores}


def _of(table: pd.DataFrame, target: Target, regime: str) -> Any:
    own = (table["target"] == target.name) & (table["regime"] == regime)
    return table[own & (table["scale"] == target.scale)]


def _under(ranking: _Ranking, able: Sequence[Key], *, strictest: bool) -> list[SelectedModel]:
    simplest_first = sorted(able, key=ranking.simplicity)
    roles: dict[Key, tuple[Role, ...]] = {}
    reasons: dict[Key, str] = {}
    if from_descriptors := [key for key in simplest_first if not looks(key[1])]:
        best, why = _best(ranking, from_descriptors)
        roles[best], reasons[best] = ("best",), why
    for name in dict.fromkeys(model for model, _ in simplest_first):
        role = _OWN_ROLE.get(ranking.by_name[name].kind)
        if strictest and role is not None:
            key = max((key for key in simplest_first if key[0] == name), key=lambda key: _richness(key[1]))
            roles[key] = (*roles.get(key, ()), role)
            reasons.setdefault(key, f"{role} on the richest feature set")
    return [
        SelectedModel(ranking.target, *key, ranking.regime, roles[key], reasons[key], ranking.scores(key))
        for key in roles
    ]


_OWN_ROLE: Mapping[Kind, Role] = {"booster": "booster", "network": "network"}
"""Kinds of models that are kept whether they are best or not."""


def _best(ranking: _Ranking, simplest_first: Sequence[Key]) -> tuple[Key, str]:
    """The simplest that errs like the one with the smallest error, and why it is kept."""
    least = min(simplest_first, key=ranking.rmse)
    best = next(key for key in simplest_first if ranking.alike(key, least))
    if best == least:
        return best, "smallest error"
    return best, f"simplest within 2 % of the squared error of {' on '.join(least)}, which has the smallest"


def _richness(features: str) -> int:
    return [item.name for item in FEATURE_SETS].index(features)
