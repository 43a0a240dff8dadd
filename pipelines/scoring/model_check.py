"""Declaration and registry of the checks of models after training: adding a check is adding one file.

The audit of the data asks before anything is trained; these ask what came of it. Their findings have the same form.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from ...array_types import Float64
from ...schema import Contract, Finding, Severity
from ..audit.audit import in_order
from ..audit.check import CheckResult
from ..tables.run_tables import load_data
from ..training.finish import recorded
from ..training.job import Job, JobRecord
from ..training.predictions import read_predictions
from .losses import prediction_files
from .optimism_gap import strictest

TRIVIAL = "trivial"
_TABLES = ("scores", "letters", "image_adds", "intervals")


@dataclass(frozen=True, eq=False)
class ModelEvidence:
    """What the checks ask: result tables by name, the records of the jobs, kinds of models by name, the contract.

    ``fold_errors`` gives the root mean squared error of each fold of a job, float64[k], in the target's unit.
    """

    tables: Mapping[str, pd.DataFrame]
    jobs: Sequence[JobRecord]
    kinds: Mapping[str, str]
    contract: Contract
    fold_errors: Callable[[Job], Float64]

    def headline(self, metric: str) -> pd.DataFrame:
        """Scores of one metric on the headline scale of each target, under the strictest regime that it has."""
        scores = self.tables["scores"]
        own = scores[scores["metric"] == metric]
        parts = []
        for target, part in own.groupby("target", sort=False):
            regime = strictest(list(part["regime"].unique())) or part["regime"].iloc[0]
            scale = self.contract.target(str(target)).scales[0]
            parts.append(part[(part["regime"] == regime) & (part["scale"] == scale)])
        return pd.concat(parts) if parts else own

    def candidates(self, metric: str) -> pd.DataFrame:
        """The same of models that are not trivial."""
        scores = self.headline(metric)
        return scores[scores["model"].map(self.kinds).fillna("entry") != TRIVIAL]


@dataclass(frozen=True)
class ModelCheck:
    """One question to the results of a comparison; ``meaning`` is what the documentation says about it."""

    code: str
    severity: Severity
    remedy: str
    meaning: str
    look: Callable[[ModelEvidence], CheckResult | None]

    def run(self, evidence: ModelEvidence) -> Finding | None:
        """The finding, or None where there is nothing to say."""
        found = self.look(evidence)
        if found is None:
            return None
        return Finding(
            code=self.code,
            severity=found.severity or self.severity,
            count=found.count,
            unit=found.unit or "scores",
            message=found.message,
            examples=found.examples,
            remedy=self.remedy,
            query=found.query,
            value=found.value,
        )


def model_check(
    *, code: str, severity: Severity, remedy: str
) -> Callable[[Callable[[ModelEvidence], CheckResult | None]], ModelCheck]:
    """Declare a function as the check ``code``; its docstring becomes the documentation."""

    def declare(look: Callable[[ModelEvidence], CheckResult | None]) -> ModelCheck:
        return ModelCheck(code, severity, remedy, inspect.getdoc(look) or "", look)

    return declare


@cache
def all_model_checks() -> tuple[ModelCheck, ...]:
    """Every check in the folder ``model_checks``, by code."""
    folder = importlib.import_module(".model_checks", __package__)
    modules = (
        importlib.import_module(f"{folder.__name__}.{item.name}") for item in pkgutil.iter_modules(folder.__path__)
    )
    found = (value for module in modules for value in vars(module).values() if isinstance(value, ModelCheck))
    return tuple(sorted(found, key=lambda item: item.code))


def check_models(evidence: ModelEvidence) -> tuple[Finding, ...]:
    """The findings of every check, errors first, then by code."""
    findings = (item.run(evidence) for item in all_model_checks())
    return in_order(finding for finding in findings if finding is not None)


def evidence_of(run_dir: Path, kinds: Mapping[str, str], contract: Contract) -> ModelEvidence:
    """What a scored run holds: its result tables and the records in its prediction files."""
    tables = {name: pd.read_parquet(run_dir / f"{name}.parquet") for name in _TABLES}
    records = (recorded(job, run_dir) for job in prediction_files(run_dir))
    return ModelEvidence(
        tables, [item for item in records if item is not None], kinds, contract, partial(_fold_errors, run_dir)
    )


def _fold_errors(run_dir: Path, job: Job) -> Float64:
    """Root mean squared errors of the folds of all repeats, out of the prediction file of a job."""
    table = load_data(run_dir).table(job.target)
    truth = pd.Series(np.asarray(table.targets[job.target], np.float64), index=table.row)
    found = read_predictions(job.file(run_dir))
    square = pd.Series((found["y_pred"] - truth.reindex(found["row"]).to_numpy()) ** 2)
    errors: Float64 = np.sqrt(square.groupby([found["repeat"], found["fold"]]).mean().dropna().to_numpy())
    return errors


def entry_name(row: pd.Series) -> str:
    """A score's model, features and target, as the examples of a finding name it."""
    return f"{row['model']} on {row['features']}: {row['target']}"
