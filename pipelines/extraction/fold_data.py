"""The rows of a data set as the arrays that folds are made of, before any volume is described."""

from __future__ import annotations

import pandas as pd

from ...features.description import wanted_columns
from ..audit.inspection import InspectedDataset
from ..execution import console
from ..splits.splits import EXTREME_REGIMES
from ..tables.arrays import Data, data_of
from ..tables.groups import find_groups
from ..training.job_folds import EXTREMES
from ..training.request import Request
from .run_volumes import described


def fold_data(rows: pd.DataFrame, inspected: InspectedDataset, request: Request) -> Data:
    """The run table ``rows`` with its groups, and with no more descriptors than folds need."""
    settings = inspected.settings.comparison
    groups = find_groups(
        rows,
        inspected.inspection.readable,
        observations=inspected.observations.frame,
        group_columns=settings.group_columns,
        ood_column=settings.ood_column,
    )
    return data_of(rows, _features(rows, inspected, request), groups, inspected.contract)


def _features(rows: pd.DataFrame, inspected: InspectedDataset, request: Request) -> pd.DataFrame:
    """Digests, and what an ``ood`` regime orders volumes by: the data set's own value where it has one, else a descriptor."""
    asked = [EXTREMES[name] for name in EXTREME_REGIMES if name in inspected.settings.comparison.regimes]
    needed = [descriptor for target, descriptor in asked if target not in rows or rows[target].isna().all()]
    if needed:
        with console.progress("describing", "volume") as progress:
            return described(inspected, None, wanted_columns((), needed), request, progress)
    return pd.DataFrame({"volume_digest": rows["volume_digest"].dropna().unique(), "status": "ok"})
