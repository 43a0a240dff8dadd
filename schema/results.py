"""Result tables of a comparison: scores, differences and studies.

Each is one Parquet file of a run folder, named as the table is. A report reads these and computes
nothing statistical itself. Values are on the scale that the row names; ``lo`` and ``hi`` bound a 95 %
interval of the two-way cluster bootstrap unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from .tables import PREDICTION_PARTITIONS, Field, TableSchema

TIME_BOUNDED = "time-bounded"
"""First words of the note on a model whose fits a time limit ended."""


def _table(name: str, words: str, numbers: str = "", counts: str = "", *others: Field) -> TableSchema:
    return TableSchema(
        name,
        (
            *(Field(item, "string") for item in words.split()),
            *(Field(item, "float64") for item in numbers.split()),
            *(Field(item, "int32") for item in counts.split()),
            *others,
        ),
    )


_CELL = " ".join(PREDICTION_PARTITIONS)
_INTERVAL = "value lo hi"

SCORES = _table("scores", f"{_CELL} metric scale", _INTERVAL, "n_rows n_volumes n_designs")
"""Every metric of every (target, model, feature set, regime)."""

CHOICES = _table("choices", f"{_CELL} metric scale", f"{_INTERVAL} value_chosen share", "n_candidates")
"""Score of choosing the best of all candidates, corrected for the choice; ``model`` and ``features`` name it, ``value_chosen``
is its own score, which the choice flatters, and ``share`` that of the bootstrap draws that choose it too."""

SCREENING = _table("screening", f"{_CELL} decision reason", "r2 rmse ratio", "n_rows n_folds n_dropped")
"""Candidates on thin rows of a large set, before any is fitted in full: ``decision`` = kept | protected | screened. R2 and RMSE on
the learned scale, and squared error over that of the best (``ratio``), means over the folds inside which it was fitted, on ``n_rows``
rows in the mean; ``n_dropped`` folds found it beyond noise behind. No test row took part."""

SHARES = _table("shares", "target part", "share")
"""Share of a target's variance between designs, between volumes, and in their interaction with the noise."""

GAPS = _table("gaps", "target model features scale variant regime", "r2_random r2_new_both gap lo hi")
"""The optimism of a random split; ``regime`` says to which the gap is measured."""

RANKINGS = _table(
    "rankings",
    f"{_CELL} scale",
    "tau lost",
    "place n_candidates",
)
"""How a random split distorts the ranking: Kendall's tau of the candidates' R2 between ``random`` and ``regime``.
``model`` and ``features`` name the candidate that ``random`` puts first, ``place`` its place under ``regime``."""

IMAGE_ADDS = _table("image_adds", "target model regime features_with features_without metric scale verdict", _INTERVAL)
"""Gain of a model from descriptors or voxels over the scalars alone."""

OVERALL = _table("overall", "model features regime variant metric", _INTERVAL, "n_targets")
"""Scores over all targets by their weights."""

OVERALL_DIFFERENCES = _table(
    "overall_differences",
    "model_a features_a model_b features_b regime variant metric",
    "value_a value_b difference lo hi p",
    "n_targets",
)
"""Overall score of a network or of an entry (a) minus that of a model that is neither (b), over the targets that both
were scored on, on the rows, repeats and folds that both have."""

DIFFERENCES = _table(
    "differences",
    "target regime model_a features_a model_b features_b scale verdict",
    "difference lo hi p p_holm",
)
"""Paired differences of all pairs of entries, with Holm's correction over a regime."""

RUN_DIFFERENCES = _table(
    "run_differences",
    "kind target regime scale model_a features_a model_b features_b verdict reason",
    "difference lo hi p p_holm",
    "run",
)
"""Differences between runs on the same data, not of a run: R2 of ``model_b`` in run ``run`` minus R2 of ``model_a``
in the first run. ``kind`` = same (the same entry in both) | best (the best entry of each); ``verdict`` is ``a`` where
the other run is better, ``b`` where the first is; ``reason`` says why nothing could be paired."""

LETTERS = _table("letters", f"{_CELL} scale letters", "value")
"""Compact letters: entries of a target and regime that share one do not differ after Holm's correction."""

INTERVALS = _table(
    "intervals",
    f"{_CELL} method reason",
    "level coverage coverage_volumes volumes_covered coverage_worst_decile width",
    "n_rows n_volumes n_calibration",
)
"""Calibration of the prediction intervals, raw scale: the share of rows inside; the same with each volume weighted
equally; the share of volumes with at least ``level`` of their rows inside; the mean over the worst tenth of the
volumes; mean width. ``reason`` says why there is none (``too_few_groups``); null where there is one."""

ABLATION = _table("ablation", f"{_CELL} metric scale left_out", "value_all value_without difference lo hi", "n_columns")
"""Leave one family of descriptors out: ``difference`` = ``value_all`` - ``value_without``, the family's own worth."""

LEARNING_CURVES = _table("learning_curves", f"{_CELL} metric scale along", f"share {_INTERVAL}", "n_groups n_rows")
"""A score against the number of training volumes or designs (``along`` = volumes | designs)."""

IMPORTANCE = _table(
    "importance",
    f"{_CELL} kind level name family members",
    f"{_INTERVAL} direction",
    "rank n_folds",
    Field("stable", "bool", "the sign and the rank hold across folds"),
)
"""Importance of columns. ``kind`` = shap (mean |contribution|, unit of the learned scale) | permutation (loss of
R2); ``level`` = column | family | group (of correlated columns, ``members`` separated by commas); ``lo`` and ``hi`` are
the least and the greatest over the folds; ``direction`` is the rank correlation of a column's values with its
contributions (positive: more of it raises the prediction), NaN where there is none."""

SHAP_POINTS = _table("shap_points", f"{_CELL} column", "contribution feature", "row")
"""A sample of out-of-fold rows for a beeswarm: the contribution of a column and the value it had."""

COSTS = _table(
    "costs",
    "model features device note",
    "seconds_features seconds_fit seconds_predict fit_per_thousand predict_per_thousand exponent exponent_low"
    " exponent_high projected_seconds projected_low projected_high peak_memory_bytes",
    "n_rows n_fits",
)
"""Cost by model, feature set and device. Seconds are processor seconds over all its jobs, or per thousand rows of one
fit, ``n_rows`` being the rows that a fit took in the mean; ``exponent`` is the measured growth of a fit with its rows;
``projected_seconds`` what the same sweep would take at 1.5 million rows, descriptors of 15,000 volumes included."""

GALLERY = _table(
    "gallery",
    "volume_digest filename role caption",
    "voxel_size thickness_max flux_max",
    "nz ny nx",
    Field("pore", "binary", "uint8 bits of the pore mask, packed along the flattened (z, y, x)"),
    Field("thickness", "binary", "uint8 (z, y, x): local thickness radius of the pore over thickness_max; empty: none"),
    Field("flux", "binary", "uint8 (z, y, x): magnitude of the local flux over flux_max; empty: none"),
)
"""Volumes worth looking at: typical and extreme ones. ``voxel_size`` is in metres, ``thickness_max`` in voxels; the flux is
that of diffusion along z over its mean, cut at ``flux_max``; ``role`` may name several, separated by ``; ``."""

RESULT_TABLES: Mapping[str, TableSchema] = {
    table.name: table
    for table in (
        SCORES,
        CHOICES,
        SCREENING,
        SHARES,
        GAPS,
        RANKINGS,
        IMAGE_ADDS,
        OVERALL,
        OVERALL_DIFFERENCES,
        DIFFERENCES,
        LETTERS,
        INTERVALS,
        ABLATION,
        LEARNING_CURVES,
        IMPORTANCE,
        SHAP_POINTS,
        COSTS,
        GALLERY,
    )
}
"""Tables of studies by name; a run holds those that its settings asked for."""
