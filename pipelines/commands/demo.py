"""``poregrove demo``: compare on the shipped sample, in a few minutes."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ..settings import ComparisonSettings, Settings, StudySettings
from ..simulate.sample import sample_folder
from .options import DONE, Subparsers, add_device_option, add_verb, add_workers_option, on_its_device

if TYPE_CHECKING:
    from ..training.request import Request

log = logging.getLogger(__name__)

MODELS = (
    "mean",
    "design-mean",
    "volume-mean",
    "additive",
    "bruggeman",
    "computed",
    "ridge",
    "elastic-net",
    "gaussian-process",
    "xgboost",
    "lightgbm",
    "cnn",
)

FEATURE_SETS = (
    "none",
    "scalars+physics",
    "morphology",
    "morphology+transport",
    "scalars+morphology+transport+physics",
    "volume+scalars",
)

PRESET = Settings(
    comparison=ComparisonSettings(
        models=MODELS,
        feature_sets=FEATURE_SETS,
        folds=3,
        repeats={"random": 1, "new-structure": 1, "new-design": 1, "new-both": 5},
        network_repeats=1,
        intervals=("ridge", "lightgbm"),
        calibration_folds=3,
    ),
    study=StudySettings(regimes=("new-both",), shares=(0.25, 0.5, 1.0), timing_seconds=1.0),
    model={
        "elastic-net": {"penalties": 10, "smallest": 4e-3},
        "gaussian-process": {"search_points": 150, "steps": 20},
        "xgboost": {"choose": False, "learning_rate": 0.1, "rounds_unvalidated": 100, "max_bin": 32},
        "lightgbm": {"choose": False, "learning_rate": 0.1, "rounds_unvalidated": 100},
        "cnn": {"seconds": 2.5, "members": 1, "width": 8, "downsample": 4, "learning_rate": 4e-3},
    },
)
"""Three folds, dealt five times under ``new-both`` and once elsewhere and for the network; boosters with larger steps and a
fixed number of them: enough to see the shape of an answer, too little for a paper. Of the models that are on by default the dearest are left out, the blend among them.

The network sees 16^3 means of the 64^3 voxels for a few seconds a fit, and the report says that its time was bounded.
"""


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "demo", run, "compare on the shipped sample, in a few minutes")
    command.add_argument(
        "--out", type=Path, default=Path("runs/demo"), metavar="RUN", help="run folder (default: runs/demo)"
    )
    add_device_option(command)
    add_workers_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Compare on the shipped sample with the frozen preset."""
    from ..compare import run as compare

    request = demo_request(options.out, device=options.device, workers=options.workers, command=tuple(options.words))
    log.info("report: %s", compare(request))
    return DONE


def demo_request(
    out: Path, *, device: str = "auto", workers: int | None = None, command: tuple[str, ...] = ("poregrove", "demo")
) -> Request:
    """The comparison that ``poregrove demo`` makes."""
    from ..training.request import Request

    return Request(data=sample_folder(), out=out, settings=PRESET, device=device, workers=workers, command=command)
