"""The words of the project as frozen records: targets, scalars, regimes, metrics and table columns.

Everything that more than one room must agree on is declared here, once. Standard library only.
"""

from __future__ import annotations

from .comparison import (
    FEATURE_SET_BY_NAME,
    FEATURE_SETS,
    MAIN_REGIMES,
    METRICS,
    REGIME_BY_NAME,
    REGIMES,
    TIERS,
    FeatureSet,
    Metric,
    Regime,
)
from .findings import Finding, Severity
from .results import (
    ABLATION,
    COSTS,
    DIFFERENCES,
    GALLERY,
    GAPS,
    IMAGE_ADDS,
    IMPORTANCE,
    INTERVALS,
    LEARNING_CURVES,
    LETTERS,
    OVERALL,
    RESULT_TABLES,
    RUN_DIFFERENCES,
    SCORES,
    SHAP_POINTS,
    SHARES,
)
from .scalars import INPUT_PREFIX, SCALAR_COLUMNS, SCALARS, Scalar
from .tables import (
    FEATURES,
    OBSERVATIONS,
    PREDICTION_PARTITIONS,
    PREDICTIONS,
    ROWS,
    TARGET_TABLE,
    VOLUMES,
    Field,
    Kind,
    TableSchema,
)
from .targets import (
    ALL_TARGETS,
    COMPANIONS,
    CYCLE_LIFE_STATUSES,
    DCIR_METHODS,
    TARGET_BY_NAME,
    TARGET_NAMES,
    TARGETS,
    Scale,
    Target,
)
from .terms import TERMS, Term

SCHEMA_VERSION = 1
"""Of run folders and bundles."""

__all__ = [
    "ABLATION",
    "ALL_TARGETS",
    "COMPANIONS",
    "COSTS",
    "CYCLE_LIFE_STATUSES",
    "DCIR_METHODS",
    "DIFFERENCES",
    "FEATURES",
    "FEATURE_SETS",
    "FEATURE_SET_BY_NAME",
    "GALLERY",
    "GAPS",
    "IMAGE_ADDS",
    "IMPORTANCE",
    "INPUT_PREFIX",
    "INTERVALS",
    "LEARNING_CURVES",
    "LETTERS",
    "MAIN_REGIMES",
    "METRICS",
    "OBSERVATIONS",
    "OVERALL",
    "PREDICTIONS",
    "PREDICTION_PARTITIONS",
    "REGIMES",
    "REGIME_BY_NAME",
    "RESULT_TABLES",
    "ROWS",
    "RUN_DIFFERENCES",
    "SCALARS",
    "SCALAR_COLUMNS",
    "SCHEMA_VERSION",
    "SCORES",
    "SHAP_POINTS",
    "SHARES",
    "TARGETS",
    "TARGET_BY_NAME",
    "TARGET_NAMES",
    "TARGET_TABLE",
    "TERMS",
    "TIERS",
    "VOLUMES",
    "FeatureSet",
    "Field",
    "Finding",
    "Kind",
    "Metric",
    "Regime",
    "Scalar",
    "Scale",
    "Severity",
    "TableSchema",
    "Target",
    "Term",
]
