"""What screening takes, and how much of the comparison it leaves: nobody knows beforehand which candidates are within noise of the best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...models.base import ModelInfo
from ...schema import FEATURE_SET_BY_NAME, Contract
from ..splits.nested import LARGEST_SHARE
from ..splits.splits import HELD_OUT
from ..training.job import Job
from ..training.job_folds import fold_regime
from ..training.screening import FEWEST_CANDIDATES, screenable
from ..training.thin_fits import THIN_ROWS
from .fit_costs import TimedModels
from .span import Span, total
from .workload import JobWork

KEPT = Span(0.3, 0.12, 0.7)
"""Share of the candidates that are fitted in full, those that are protected among them."""
UNDECIDED = Span(0.75, 0.5, 0.9)
"""Share of the candidates that a fold drops, so that the next folds try them again."""


def screening_seconds(works: Sequence[JobWork], models: TimedModels, contract: Contract) -> Span:
    """Processor seconds of fitting candidates on thin rows of the training folds of the first deal."""
    return total(
        models.thin(work, round(THIN_ROWS * (1 - LARGEST_SHARE) ** len(HELD_OUT[fold_regime(work.job, contract)])))
        * (1 + UNDECIDED.likely * (work.n_folds - 1))
        for work in works
    ).within(UNDECIDED.high / UNDECIDED.likely)


def candidates(
    works: Sequence[JobWork], infos: Mapping[str, ModelInfo], n_rows: int, contract: Contract
) -> tuple[JobWork, ...]:
    """The jobs that are screened: those of few rivals, of baselines, networks and targets of volumes are not."""
    able = [work for work in works if _able(work.job, infos[work.job.model], n_rows, contract)]
    rivals = Counter((work.job.target, work.job.regime) for work in able)
    return tuple(work for work in able if rivals[work.job.target, work.job.regime] >= FEWEST_CANDIDATES)


def _able(job: Job, info: ModelInfo, n_rows: int, contract: Contract) -> bool:
    item = FEATURE_SET_BY_NAME[job.features]
    looks = item.volumes or item.embedding or item.entered
    return job.variant == "as-is" and not looks and not contract.volume_only(job.target) and screenable(info, n_rows)
