"""The demo: a frozen preset of ``compare`` on the shipped sample, made to end within minutes."""

from __future__ import annotations

from pathlib import Path

from ..settings import ComparisonSettings, Settings, StudySettings
from ..simulate.sample import sample_folder
from ..training.request import Request

MODELS = (
    "mean",
    "design-mean",
    "volume-mean",
    "additive",
    "bruggeman",
    "power-law",
    "surface-law",
    "ridge",
    "xgboost",
    "lightgbm",
    "cnn",
)

FEATURE_SETS = (
    "none",
    "scalars",
    "morphology",
    "scalars+morphology+transport",
    "scalars+morphology+transport+physics",
    "volume+scalars",
)

PRESET = Settings(
    comparison=ComparisonSettings(
        models=MODELS,
        feature_sets=FEATURE_SETS,
        folds=3,
        repeats=1,
        intervals=("ridge", "lightgbm"),
        calibration_folds=3,
    ),
    study=StudySettings(regimes=("new-both",), shares=(0.25, 0.5, 1.0), timing_seconds=1.0),
    model={
        "xgboost": {"learning_rate": 0.15, "patience": 15, "max_depth": 6, "max_bin": 32},
        "lightgbm": {"learning_rate": 0.15, "patience": 15, "num_leaves": 15},
        "cnn": {"seconds": 2.5, "members": 1, "width": 8, "downsample": 4, "learning_rate": 4e-3},
    },
)
"""Three folds dealt once and boosters with larger steps: enough to see the shape of an answer, too few for a paper.

The network sees 16^3 means of the 64^3 voxels for a few seconds a fit, and the report says that its time was bounded.
"""


def demo_request(
    out: Path, *, device: str = "auto", workers: int | None = None, command: tuple[str, ...] = ("poregrove", "demo")
) -> Request:
    """The comparison that ``poregrove demo`` makes."""
    return Request(data=sample_folder(), out=out, settings=PRESET, device=device, workers=workers, command=command)
