"""Settings of the user, as frozen data; ``reading`` takes them from files and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from ...errors import SettingsError


def _within(default: Any, words: str, holds: Callable[[Any], bool]) -> Any:
    """A field with the range that its value, where there is one, must lie in."""
    return field(default=default, metadata={"words": words, "holds": holds})


def _counts(value: int | Mapping[str, int]) -> tuple[int, ...]:
    return tuple(value.values()) if isinstance(value, Mapping) else (value,)


class _Checked:
    """A record whose numbers lie in the ranges that its fields declare, however it came about."""

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if item.metadata and value is not None and not item.metadata["holds"](value):
                raise SettingsError(f"{item.name} expects {item.metadata['words']}, got {value!r}")


@dataclass(frozen=True)
class TargetSettings(_Checked):
    """Computation of targets from traces and columns."""

    end_of_life: float = _within(0.8, "a share above 0 and below 1", lambda value: 0.0 < value < 1.0)
    """Share of the first capacity at which a cell's life ends."""
    life_cap: float = _within(5000.0, "a number of cycles above 0", lambda value: 0.0 < value < math.inf)
    """Longest life that is projected, in cycles."""
    current_sign: Literal["auto", "negative", "positive"] = "auto"
    """Sign of the current on discharge."""
    rest_threshold: float = _within(0.01, "a share from 0 to below 1", lambda value: 0.0 <= value < 1.0)
    """A sample is at rest where the magnitude of the current is below this share of its largest."""
    dcir: Literal["substitute", "strict"] = "substitute"
    """``strict`` gives NaN where the series has no rest -> discharge jump."""
    bruggeman: Literal["column", "derived"] = "column"
    """``derived`` computes b = 1 - ln tau / ln porosity."""


@dataclass(frozen=True)
class VolumeSettings(_Checked):
    """Reading of volumes."""

    pore: str | None = None
    """Grey values that are pore, comma separated; None: found from ``porosity``, else nonzero."""
    outside: str | None = None
    """Grey value of voxels that are no part of the sample, such as what surrounds a cylinder."""
    voxel_size: float | tuple[float, float, float] | None = _within(
        None,
        "a length in metres above 0, or three",
        lambda value: all(0.0 < edge < math.inf for edge in (value if isinstance(value, tuple) else (value,))),
    )
    """Edge of a voxel in metres, or three along the array axes; None: lengths are in voxels."""
    voxel_size_from: str | None = None
    """Source of each volume's own edge: ``file``, or the name of a column that ends in its unit (``voxel_um``), or of three."""
    shape: str | None = None
    """Shape Z,Y,X of raw files."""
    dtype: str | None = None
    """Type of the voxels of raw files, such as uint8 or >u2."""
    two_dimensional: bool = False
    """Whether one picture is a volume, one layer thick."""
    axis: int = _within(0, "0, 1 or 2", lambda value: value in (0, 1, 2))
    """Array axis that leads through the electrode; it becomes axis 0, whose name is z."""
    max_voxels: int = _within(1_000_000_000, "a number from 1", lambda value: value >= 1)
    """Volumes that declare more voxels are refused before they are read."""
    overlaps: Literal["find", "ignore"] = "find"
    """Whether overlapping crops of one larger image are looked for, so that they stay on one side of a split."""
    unreadable: Literal["refuse", "drop"] = "refuse"
    """Whether a comparison ends at a missing or unreadable volume, or leaves its rows out."""

    @property
    def metric(self) -> bool:
        """Whether lengths are in metres."""
        return self.voxel_size is not None or self.voxel_size_from is not None


@dataclass(frozen=True)
class ComparisonSettings(_Checked):
    """Scope of a comparison: targets, models, feature sets, and the folds they are compared on."""

    models: tuple[str, ...] = ()
    """Names of models, ``default`` for all that are on by default; empty: those."""
    targets: tuple[str, ...] = ()
    """Names of targets; empty: all."""
    tiers: tuple[str, ...] = ("morphology", "transport")
    """Tiers of descriptors that are computed."""
    feature_sets: tuple[str, ...] = ()
    """Names of feature sets; empty: all that the tiers allow."""
    regimes: tuple[str, ...] = ("random", "new-structure", "new-design", "new-both")
    """Names of regimes: what is new about the test rows."""
    folds: int = _within(5, "a number from 2", lambda value: value >= 2)  # noqa: PLR2004  train and test
    """Parts that the rows are dealt into, each of them tested once."""
    repeats: int | Mapping[str, int] | None = _within(
        None, "a number from 1, or a table of such numbers by regime", lambda value: min(_counts(value), default=1) >= 1
    )
    """Deals of the folds (regimes other than leave-one-out): a number, or a table by regime, as in ``{new-both = 5}``.

    What is not named: 5 where a dimension that is held out has fewer than 100 groups, else 3; of a large set 1 from 90
    groups on, 3 from 30 on."""
    network_repeats: int | None = _within(None, "a number from 1", lambda value: value >= 1)
    """Of these deals, the first ones that networks are fitted on, which cost the most; None: all."""
    seed: int = _within(0, "a number from 0 that fits 32 bits", lambda value: 0 <= value < 2**32)
    """Random seed of folds, fits and resampling."""
    group_columns: tuple[str, ...] = ()
    """Columns whose values also tie rows to one volume group."""
    ood_column: str = "generator"
    """Column that names where a volume comes from, which the regime ``ood-generator`` holds out one by one."""
    non_percolating: Literal["drop", "keep"] = "drop"
    """Whether cell rows of volumes through which no pore path leads leave training and scores."""
    electrode: Literal["positive", "negative", "both"] = "both"
    """Whose thickness and radius the physics features use."""
    large_set: Literal["auto", "on", "off"] = "auto"
    """Whether the rules for large sets hold, which cost no verdict and much less time: from 50,000 cell rows on, always or never."""
    refit: bool | None = None
    """Whether boosters that stopped early are fitted again on all training rows; None: yes, but on a large set."""
    faster_boosting: bool | None = None
    """Whether the default boosters take steps of .1 and stop after 15 rounds without gain; None: on a large set.

    What is said of a model under ``model`` counts more."""
    training_rows: int | None = _within(None, "a number from 1", lambda value: value >= 1)
    """Most rows of a fit, as many of each volume; None: all, on a large set 80,000 and of an ensemble 20,000.

    Baselines and networks take all."""
    own_bounds: bool | None = None
    """Whether a Gaussian process gives bounds of its own, which cost more than its values; None: yes, but on a large set."""
    ensembles_everywhere: bool | None = None
    """Whether ensembles are fitted on every feature set; None: yes, but on a large set only on the richest and on its counterpart
    without the image."""
    screening: bool | None = None
    """Whether every model and feature set is fitted on few rows first, and in full only if it is within noise of the best;
    None: on a large set."""
    screening_designs: int | None = _within(None, "a number from 1", lambda value: value >= 1)
    """Designs of each volume among these rows; None: as many as make about 8,000 rows of a training fold."""
    validation_share: float = _within(0.2, "a share above 0 and below 1", lambda value: 0.0 < value < 1.0)
    """Share of the training groups set aside for early stopping."""
    inner_folds: int = _within(3, "a number from 2", lambda value: value >= 2)  # noqa: PLR2004  fit and test
    """Parts of a training fold on which ensembles and tuning test in turn."""
    intervals: tuple[str, ...] = ("ridge", "xgboost", "lightgbm")
    """Models whose predictions come with conformal 90 % intervals, in the first repeat; each costs some fits a fold."""
    interval_sets: tuple[str, ...] = ()
    """Feature sets that they come for; empty: the richest that a model is given."""
    calibration_folds: int = _within(4, "a number from 2", lambda value: value >= 2)  # noqa: PLR2004  fit and calibrate
    """Parts of a training fold that calibrate in turn."""
    equal_size: bool = True
    """Whether training under ``random`` is also cut down to the size of ``new-both``, where both are compared."""
    bootstrap: int = _within(10_000, "a number from 1", lambda value: value >= 1)
    """Draws of the cluster bootstrap behind every interval."""


@dataclass(frozen=True)
class TuningSettings(_Checked):
    """Tuning of the settings of models with a search space, anew in every fit; off by default."""

    trials: int = _within(0, "a number from 0", lambda value: value >= 0)
    """Settings tried a fit, the model's own first; 0: none, or as many as ``seconds`` allow."""
    seconds: float | None = _within(None, "a number of seconds above 0", lambda value: 0.0 < value < math.inf)
    """Seconds after which a fit tries no more; how many it tries then depends on the machine."""
    pruning: bool = True
    """Whether a trial ends early that does worse than the median of those before it on the nested folds so far."""
    models: tuple[str, ...] = ()
    """Names of models; empty: all with a search space."""

    @property
    def on(self) -> bool:
        """Whether anything is tuned."""
        return self.trials > 0 or self.seconds is not None


@dataclass(frozen=True)
class StudySettings(_Checked):
    """Studies of a few models once they are scored; none of them changes a prediction or a score."""

    importance: bool = True
    """Importance of columns: TreeSHAP and permutation."""
    ablation: bool = True
    """Ablation: the worth of each family of descriptors."""
    learning_curves: bool = True
    """Learning curves: the gain from more volumes and more designs."""
    costs: bool = True
    """Cost of the comparison, and its projection to full size."""
    models: tuple[str, ...] = ()
    """Names of models; empty: the booster with the best overall score."""
    targets: tuple[str, ...] = ()
    """Names of targets; empty: the heaviest that was compared, and the tortuosity factor."""
    regimes: tuple[str, ...] = ("new-structure", "new-both")
    """Names of regimes that are studied."""
    features: str | None = None
    """Feature set to study; None: the richest without physics features that a model was compared on."""
    shares: tuple[float, ...] = _within(
        (0.125, 0.25, 0.5, 1.0),
        "shares above 0 and at most 1",
        lambda shares: all(0.0 < share <= 1.0 for share in shares),
    )
    """Shares of the training groups along a learning curve."""
    folds: int | None = _within(None, "a number from 1", lambda value: value >= 1)
    """Folds of the first deal that are refitted and tested; None: all, on a large set three."""
    explained_rows: int = _within(300, "a number from 1", lambda value: value >= 1)
    """Out-of-fold rows whose predictions are taken apart."""
    shuffles: int = _within(5, "a number from 1", lambda value: value >= 1)
    """Times that each group of columns is permuted in a fold."""
    correlation: float = _within(0.7, "a correlation from 0 to 1", lambda value: 0.0 <= value <= 1.0)
    """Columns whose mean absolute rank correlation is above this are permuted together."""
    timing_seconds: float = _within(2.0, "a number of seconds above 0", lambda value: 0.0 < value < math.inf)
    """Processor seconds spent on each model to see how its fits grow."""


@dataclass(frozen=True)
class ReportSettings(_Checked):
    """Contents of the report; none of them changes a number."""

    ignored: tuple[str, ...] = ()
    """Codes of findings, of the audit or of the checks of models, that the report does not show."""
    gallery: bool = True
    """Whether pictures of the volumes are made."""


@dataclass(frozen=True)
class Settings:
    """All settings of a comparison; what is not here cannot be set."""

    target: TargetSettings = field(default_factory=TargetSettings)
    volume: VolumeSettings = field(default_factory=VolumeSettings)
    comparison: ComparisonSettings = field(default_factory=ComparisonSettings)
    tuning: TuningSettings = field(default_factory=TuningSettings)
    study: StudySettings = field(default_factory=StudySettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    model: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Settings of single models by name, over their own defaults; the models check them."""
    plugins: tuple[str, ...] = ()
    """Files with models, descriptors or checks of one's own (relative to the settings file), and regressors by name
    (``sklearn.svm:SVR``)."""

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, ready for JSON."""
        return asdict(self)

    def identity(self) -> dict[str, Any]:
        """The settings that identify a run: all but those of studies and report, which come after its scores, and where plug-ins lie."""
        return {key: value for key, value in self.as_dict().items() if key not in {"study", "report", "plugins"}}
