"""A run in frozen records, one file a section: the contents of the report, before layout and wording."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from ..tables import Run
from .ablation import Ablations, ablations
from .answers import Answers, answers
from .audit import AuditSummary, audit, model_checks
from .calibration import Calibration, calibration
from .challengers import Challengers, challengers
from .context import ModelInfo, RegimeInfo, TargetInfo, build_context
from .cost import Cost, cost
from .dataset import DataSummary, dataset
from .entries import Entries, entries
from .gallery import Gallery, gallery
from .gap import Gaps, gaps
from .glossary import Glossary, glossary
from .image_adds import ImageAdds, image_adds
from .importance import Importances, importances
from .leaderboard import Leaderboard, leaderboard
from .learning import LearningCurves, learning_curves
from .network import NetworkVsBoosters, duels
from .overall import Overall, overall
from .parity import Parity, parity
from .provenance import Provenance, provenance
from .shares import Shares, shares
from .targets import TargetSummary, targets
from .training import Training, trainings
from .use_this import UseThis, use_this
from .verdict import Verdict, verdict
from .worst import Worst, worst


@dataclass(frozen=True)
class Summary:
    """Every section of the report."""

    provenance: Provenance
    challengers: Challengers
    use_this: UseThis
    answers: Answers
    verdict: Verdict
    audit: AuditSummary
    model_checks: AuditSummary
    dataset: DataSummary
    gallery: Gallery
    targets: tuple[TargetSummary, ...]
    shares: tuple[Shares, ...]
    image_adds: ImageAdds
    gaps: Gaps
    leaderboard: Leaderboard
    overall: Overall
    parity: tuple[Parity, ...]
    worst: tuple[Worst, ...]
    calibration: Calibration
    duels: NetworkVsBoosters
    trainings: tuple[Training, ...]
    entries: Entries
    learning: LearningCurves
    ablations: Ablations
    importances: Importances
    cost: Cost
    glossary: Glossary


def summarise(run: Run) -> Summary:
    """All sections of ``run``, computed from its tables alone."""
    context = build_context(run)
    found_gaps, additions = gaps(context), image_adds(context)
    found = verdict(context, found_gaps, additions)
    best = {item.target.name: item.best for item in found.targets}
    curves, parts = learning_curves(context), shares(context)
    audited, spent, volumes = audit(context), cost(context), gallery(context)
    return Summary(
        provenance=provenance(context),
        challengers=challengers(context),
        use_this=use_this(context, found, curves, parts),
        answers=answers(found, found_gaps, additions, spent),
        verdict=found,
        audit=audited,
        model_checks=model_checks(context),
        dataset=dataset(context),
        gallery=volumes,
        targets=targets(context),
        shares=parts,
        image_adds=additions,
        gaps=found_gaps,
        leaderboard=leaderboard(context),
        overall=overall(context),
        parity=parity(context, best),
        worst=worst(context, best, volumes),
        calibration=calibration(context),
        duels=duels(context),
        trainings=trainings(context),
        entries=entries(context),
        learning=curves,
        ablations=ablations(context),
        importances=importances(context),
        cost=spent,
        glossary=glossary(context),
    )


def as_json(summary: Summary) -> dict[str, Any]:
    """The summary as JSON values: NaN becomes null, targets, models and regimes are written once and named elsewhere.

    The manifest is left out, and of voxels there is the shape alone: they lie in the same folder.
    """
    told = {item.name: _plain(getattr(summary, item.name)) for item in fields(summary)}
    del told["provenance"]["manifest"]
    definitions = {
        "targets": [item.target for item in summary.targets],
        "models": summary.glossary.models,
        "regimes": summary.dataset.regimes,
    }
    return {"definitions": {key: [_record(item) for item in items] for key, items in definitions.items()}} | told


def _record(value: Any) -> dict[str, Any]:
    return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, TargetInfo | ModelInfo | RegimeInfo):
        return value.name
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape)}
    return None if isinstance(value, float) and not math.isfinite(value) else value
